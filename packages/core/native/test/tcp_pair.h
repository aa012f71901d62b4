#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <string>

#include "channel.h"
#include "connection.h"
#include "socket.h"

namespace baton {

// A TCP connection over loopback: its client's end, and the server's for a worker and for the primary.
struct Pair {
  UniqueFd client;
  UniqueFd worker;
  Connection primary;
};

inline Pair connect_pair() {
  auto listener = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  start_listening(listener.value, 1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(inspect_socket(listener.value).value.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Pair pair;
  pair.client = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::connect(pair.client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  pair.worker = UniqueFd(::accept4(listener.value.get(), nullptr, nullptr, SOCK_CLOEXEC));
  pair.primary.socket = SharedFd(UniqueFd(::fcntl(pair.worker.get(), F_DUPFD_CLOEXEC, 0)), nullptr);
  return pair;
}

// Has the last close(2) of the connection wait for so long: for bytes that its client does not read.
inline void linger_for(int fd, int seconds) {
  const std::string bytes(64 * 1024, 'x');
  while (::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
  const linger waits{1, seconds};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &waits, sizeof waits);
}

// A descriptor whose close(2) waits, however it is set: what is under way in a Unix socket ends with it. It
// waits until `client` is reset.
struct Trap {
  UniqueFd client;
  UniqueFd socket;
};

inline Trap make_trap() {
  Pair pair = connect_pair();
  pair.primary.socket.reset();
  linger_for(pair.worker.get(), 60);
  auto ends = Channel::make_pair();
  ends.value.first.send("x", pair.worker.get());
  return {std::move(pair.client), ends.value.second.take_socket()};
}

// Closes it with a RST: so whatever lingers at the other end has nothing to wait for.
inline void reset_connection(UniqueFd& socket) {
  const linger at_once{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket.reset();
}

}  // namespace baton

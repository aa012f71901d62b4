#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

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
  pair.primary.socket = UniqueFd(::fcntl(pair.worker.get(), F_DUPFD_CLOEXEC, 0));
  return pair;
}

}  // namespace baton

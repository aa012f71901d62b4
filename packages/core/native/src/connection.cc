#include "connection.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <cstring>

#include "tcp.h"

namespace baton {
namespace {

// What TCP has done for a connection.
struct Traffic {
  bool known = false;
  bool open = false;
  uint64_t sent = 0;
  uint64_t read = 0;
  bool is_sending = false;  // something waits to be sent for the first time
};

Traffic read_traffic(int fd) {
  const TcpInfo info(fd);
  const auto state = info.get(&tcp_info::tcpi_state);
  const auto received = info.get(&tcp_info::tcpi_bytes_received);
  const auto not_sent = info.get(&tcp_info::tcpi_notsent_bytes);
  const auto sent = info.get(&tcp_info::tcpi_bytes_sent);  // Linux 4.19
  int unread = 0;
  Traffic traffic;
  if (!state || !received || !not_sent || !sent || ::ioctl(fd, SIOCINQ, &unread) != 0) return traffic;
  traffic.known = true;
  traffic.open = *state == kTcpEstablished || *state == kTcpCloseWait;
  // After the client's FIN, which bytes_received counts as a byte, the rest can still be read.
  const uint64_t fin = *state == kTcpCloseWait ? 1 : 0;
  traffic.sent = *sent;
  traffic.read = *received - static_cast<uint64_t>(unread) - fin;
  traffic.is_sending = *not_sent != 0;
  return traffic;
}

}  // namespace

void Connection::end() {
  ::shutdown(socket.get(), SHUT_RDWR);
  socket.reset();
}

bool Connection::is_untouched() const {
  const Traffic traffic = read_traffic(socket.get());
  return traffic.known && traffic.open && !traffic.is_sending && traffic.sent == sent_before &&
         traffic.read == read_before;
}

void Connection::look_up_client() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size);
  client = client_hash(peer);
}

void Connection::begin_anew() {
  const Traffic traffic = read_traffic(socket.get());
  sent_before = traffic.sent;
  read_before = traffic.read;
}

// FNV-1a.
uint64_t client_hash(const sockaddr_storage& address) {
  unsigned char mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const unsigned char* bytes = mapped;
  if (address.ss_family == AF_INET) {
    std::memcpy(mapped + 12, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  } else if (address.ss_family == AF_INET6) {
    bytes = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr;
  } else {
    return 0;
  }
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < sizeof mapped; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash;
}

}  // namespace baton

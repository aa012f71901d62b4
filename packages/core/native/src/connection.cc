#include "connection.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstddef>

namespace baton {
namespace {

// tcp_states.h of the kernel. After the client's FIN, which bytes_received counts as a byte, the rest can
// still be read.
constexpr uint8_t kEstablished = 1, kCloseWait = 8;

}  // namespace

void Connection::end() {
  ::shutdown(socket.get(), SHUT_RDWR);
  socket.reset();
}

bool Connection::is_untouched() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  int unread = 0;
  if (::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  if (size < offsetof(tcp_info, tcpi_bytes_sent) + sizeof info.tcpi_bytes_sent) return false;  // Linux 4.19
  if (::ioctl(socket.get(), SIOCINQ, &unread) != 0) return false;
  if (info.tcpi_state != kEstablished && info.tcpi_state != kCloseWait) return false;
  const uint64_t fin = info.tcpi_state == kCloseWait ? 1 : 0;
  return info.tcpi_bytes_sent == 0 && info.tcpi_notsent_bytes == 0 &&
         info.tcpi_bytes_received == static_cast<uint64_t>(unread) + fin;
}

}  // namespace baton

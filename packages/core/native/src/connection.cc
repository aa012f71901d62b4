#include "connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstddef>

#include "tcp.h"

namespace baton {

void Connection::end() {
  ::shutdown(socket.get(), SHUT_RDWR);
  socket.reset();
}

bool Connection::is_untouched() const {
  tcp_info info{};
  int unread = 0;
  const size_t size = read_tcp_info(socket.get(), info);
  if (size < offsetof(tcp_info, tcpi_bytes_sent) + sizeof info.tcpi_bytes_sent) return false;  // Linux 4.19
  if (::ioctl(socket.get(), SIOCINQ, &unread) != 0) return false;
  if (info.tcpi_state != kTcpEstablished && info.tcpi_state != kTcpCloseWait) return false;
  // After the client's FIN, which bytes_received counts as a byte, the rest can still be read.
  const uint64_t fin = info.tcpi_state == kTcpCloseWait ? 1 : 0;
  return info.tcpi_bytes_sent == 0 && info.tcpi_notsent_bytes == 0 &&
         info.tcpi_bytes_received == static_cast<uint64_t>(unread) + fin;
}

}  // namespace baton

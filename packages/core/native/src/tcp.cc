#include "tcp.h"

#include <netinet/in.h>

namespace baton {

size_t read_tcp_info(int fd, tcp_info& info) {
  socklen_t size = sizeof info;
  return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? size : 0;
}

}  // namespace baton

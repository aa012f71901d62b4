#include "tcp.h"

#include <netinet/in.h>

namespace baton {

TcpInfo::TcpInfo(int fd, socklen_t size) : size_(size) {
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info_, &size_) != 0) size_ = 0;
}

}  // namespace baton

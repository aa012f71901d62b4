#pragma once

#include <sys/socket.h>

#include <cerrno>

#include "result.h"

namespace baton {

// getsockopt(2) of an option that is all there or not at all: an emulated kernel may give a part.
template <typename Value>
Result<Value> get_socket_option(int fd, int level, int option) {
  Value value{};
  socklen_t size = sizeof value;
  if (::getsockopt(fd, level, option, &value, &size) != 0) return Result<Value>::failure(errno);
  if (size != sizeof value) return Result<Value>::failure(ENOPROTOOPT);
  return value;
}

}  // namespace baton

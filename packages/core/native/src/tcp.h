#pragma once

#include <linux/tcp.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace baton {

// States of a TCP socket, as TCP_INFO has them (include/net/tcp_states.h).
inline constexpr uint8_t kTcpEstablished = 1, kTcpFinWait1 = 4, kTcpFinWait2 = 5, kTcpClose = 7,
                         kTcpCloseWait = 8, kTcpLastAck = 9, kTcpClosing = 11;

// What the kernel tells of a TCP socket (tcp(7), TCP_INFO). It has grown with the kernel's versions, and an
// emulated kernel cuts it short: so each field is there, or is not.
class TcpInfo {
 public:
  // Nothing is known of other sockets. `size`: bytes that are asked for.
  explicit TcpInfo(int fd, socklen_t size = sizeof(tcp_info));

  template <typename Field>
  std::optional<Field> get(Field tcp_info::*field) const {
    const auto* begin = reinterpret_cast<const char*>(&info_);
    const auto* end = reinterpret_cast<const char*>(&(info_.*field) + 1);
    if (end - begin > static_cast<ptrdiff_t>(size_)) return std::nullopt;
    return info_.*field;
  }

 private:
  tcp_info info_{};
  socklen_t size_;
};

}  // namespace baton

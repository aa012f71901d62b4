#pragma once

#include <linux/tcp.h>
#include <sys/socket.h>

#include <cstdint>

namespace baton {

// States of a TCP socket, as TCP_INFO has them (include/net/tcp_states.h).
inline constexpr uint8_t kTcpEstablished = 1, kTcpFinWait1 = 4, kTcpFinWait2 = 5, kTcpClose = 7,
                         kTcpCloseWait = 8, kTcpLastAck = 9, kTcpClosing = 11;

// What the kernel tells of a TCP socket (tcp(7), TCP_INFO); how much of it that is, in bytes. 0 for other
// sockets.
size_t read_tcp_info(int fd, tcp_info& info);

}  // namespace baton

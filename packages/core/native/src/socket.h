#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "result.h"
#include "unique_fd.h"

namespace baton {

enum class Transport { kStream, kDatagram };

// Whether other sockets of ours may be bound to the same address, for the kernel to choose from
// (SO_REUSEPORT).
enum class Sharing {
  kNone,
  kFirst,  // those to come may; but there is none yet, of whomever: else EADDRINUSE
  kMore,
};

// An IP address to bind. `address` is a numeric address; IPv6 may carry a zone ("fe80::1%eth0").
struct IpAddress {
  std::string address;
  uint16_t port = 0;
  int family = 0;  // AF_INET or AF_INET6
  bool v6_only = false;
  Sharing sharing = Sharing::kNone;
};

// What a socket is, as the kernel tells it (getsockname(2), socket(7)).
struct SocketInfo {
  int family = 0;
  int type = 0;      // SOCK_STREAM, SOCK_DGRAM, ...
  int protocol = 0;  // IPPROTO_TCP, ...; 0 for AF_UNIX
  bool listening = false;
  std::string address;  // numeric address, or path of an AF_UNIX socket
  uint16_t port = 0;
};

// Each makes a non-blocking, close-on-exec socket. Errors are those of socket(2), bind(2) and listen(2), so
// that what an app sees is what Node would have shown it.
Result<UniqueFd> bind_ip(const IpAddress& address, Transport transport, bool reuse_address);
// `mode`: of the path's file, less the umask; it may have bits that the umask does not concern.
Result<UniqueFd> bind_unix(const std::string& path, mode_t mode = 0777);
int start_listening(const UniqueFd& socket, int backlog);

// connect(2) to a stream socket at the path, without waiting. ECONNREFUSED: nobody listens there, or it is no
// socket; 0 or EAGAIN: somebody does.
int connect_unix(const std::string& path);

// A close-on-exec duplicate of a stream socket (TCP or AF_UNIX) that listens, or of a UDP socket that is
// bound, which this process inherited as `fd`, e.g. from systemd. EINVAL: it is not such a socket; EBADF:
// there is none.
Result<UniqueFd> adopt_socket(int fd, Transport transport);

// Asks no file system, as fstat(2) would.
bool is_socket(int fd);

// ENOTSOCK: `fd` is none.
Result<SocketInfo> inspect_socket(int fd);
inline Result<SocketInfo> inspect_socket(const UniqueFd& socket) { return inspect_socket(socket.get()); }

}  // namespace baton

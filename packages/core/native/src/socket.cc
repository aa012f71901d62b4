#include "socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "socket_option.h"

namespace baton {
namespace {

constexpr int kSocketFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;

bool set_option(const UniqueFd& socket, int level, int option, int value) {
  return ::setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

Result<int> get_option(int fd, int option) { return get_socket_option<int>(fd, SOL_SOCKET, option); }

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// getaddrinfo(3) reads zones of link-local addresses too, which inet_pton(3) does not.
Result<SocketAddress> parse_address(const IpAddress& ip) {
  addrinfo hints{};
  hints.ai_family = ip.family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(ip.port);
  if (::getaddrinfo(ip.address.c_str(), port.c_str(), &hints, &found) != 0) {
    return Result<SocketAddress>::failure(EINVAL);
  }
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.length = found->ai_addrlen;
  ::freeaddrinfo(found);
  return address;
}

Result<SocketAddress> unix_address(const std::string& path) {
  if (path.empty()) return Result<SocketAddress>::failure(EINVAL);
  SocketAddress address;
  auto& un = reinterpret_cast<sockaddr_un&>(address.storage);
  un.sun_family = AF_UNIX;
  // An abstract name (leading NUL) may fill sun_path, a pathname needs its terminator.
  const size_t length = path.size() + (path[0] == '\0' ? 0 : 1);
  if (length > sizeof un.sun_path) return Result<SocketAddress>::failure(ENAMETOOLONG);
  std::memcpy(un.sun_path, path.data(), path.size());
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  return address;
}

Result<SocketAddress> local_address(int fd) {
  SocketAddress local;
  local.length = sizeof local.storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local.storage), &local.length) != 0) {
    return Result<SocketAddress>::failure(errno);
  }
  return local;
}

void describe_address(const SocketAddress& local, SocketInfo& info) {
  char text[INET6_ADDRSTRLEN] = "";
  if (info.family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(local.storage);
    info.address = ::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    info.port = ntohs(in.sin_port);
  } else if (info.family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(local.storage);
    info.address = ::inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
    info.port = ntohs(in6.sin6_port);
  } else if (info.family == AF_UNIX && local.length > offsetof(sockaddr_un, sun_path)) {
    const auto& un = reinterpret_cast<const sockaddr_un&>(local.storage);
    size_t length = local.length - offsetof(sockaddr_un, sun_path);
    // A pathname ends at its NUL; an abstract name begins with one and is as long as the address says
    // (unix(7)).
    if (un.sun_path[0] != '\0') length = ::strnlen(un.sun_path, length);
    info.address.assign(un.sun_path, length);
  }
}

bool is_adoptable(const SocketInfo& socket, Transport transport) {
  const bool is_ip = socket.family == AF_INET || socket.family == AF_INET6;
  if (transport == Transport::kDatagram) return is_ip && socket.type == SOCK_DGRAM && socket.port != 0;
  return (is_ip || socket.family == AF_UNIX) && socket.type == SOCK_STREAM && socket.listening;
}

}  // namespace

Result<UniqueFd> bind_ip(const IpAddress& ip, Transport transport, bool reuse_address) {
  const auto address = parse_address(ip);
  if (!address.ok()) return Result<UniqueFd>::failure(address.error);
  const int type = transport == Transport::kStream ? SOCK_STREAM : SOCK_DGRAM;
  UniqueFd socket(::socket(ip.family, type | kSocketFlags, 0));
  if (!socket.valid()) return Result<UniqueFd>::failure(errno);
  if (reuse_address && !set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1))
    return Result<UniqueFd>::failure(errno);
  if (ip.family == AF_INET6 && !set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, ip.v6_only)) {
    return Result<UniqueFd>::failure(errno);
  }
  if (ip.sharing == Sharing::kMore && !set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1))
    return Result<UniqueFd>::failure(errno);
  if (::bind(socket.get(), address.value.get(), address.value.length) != 0)
    return Result<UniqueFd>::failure(errno);
  // Set after bind(2), it lets in those that are bound later, but did not let this one in.
  if (ip.sharing == Sharing::kFirst && !set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1))
    return Result<UniqueFd>::failure(errno);
  return socket;
}

Result<UniqueFd> bind_unix(const std::string& path, mode_t mode) {
  const auto address = unix_address(path);
  if (!address.ok()) return Result<UniqueFd>::failure(address.error);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | kSocketFlags, 0));
  if (!socket.valid()) return Result<UniqueFd>::failure(errno);
  // bind(2) makes the file with the mode of the socket's own inode (Linux, unix_bind), so that nothing is to
  // be changed by a path that may lead elsewhere by then.
  if (mode != 0777 && ::fchmod(socket.get(), mode) != 0) return Result<UniqueFd>::failure(errno);
  if (::bind(socket.get(), address.value.get(), address.value.length) != 0) {
    return Result<UniqueFd>::failure(errno);
  }
  return socket;
}

int connect_unix(const std::string& path) {
  const auto address = unix_address(path);
  if (!address.ok()) return address.error;
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | kSocketFlags, 0));
  if (!socket.valid()) return errno;
  return ::connect(socket.get(), address.value.get(), address.value.length) == 0 ? 0 : errno;
}

int start_listening(const UniqueFd& socket, int backlog) {
  return ::listen(socket.get(), backlog) == 0 ? 0 : errno;
}

Result<UniqueFd> adopt_socket(int fd, Transport transport) {
  UniqueFd socket(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!socket.valid()) return Result<UniqueFd>::failure(errno);
  const auto found = inspect_socket(socket);
  if (!found.ok() || !is_adoptable(found.value, transport)) return Result<UniqueFd>::failure(EINVAL);
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return Result<UniqueFd>::failure(errno);
  }
  return socket;
}

bool is_socket(int fd) { return get_option(fd, SO_TYPE).ok(); }

Result<SocketInfo> inspect_socket(int fd) {
  const auto local = local_address(fd);
  if (!local.ok()) return Result<SocketInfo>::failure(local.error);
  const auto type = get_option(fd, SO_TYPE);
  if (!type.ok()) return Result<SocketInfo>::failure(type.error);
  const auto protocol = get_option(fd, SO_PROTOCOL);
  if (!protocol.ok()) return Result<SocketInfo>::failure(protocol.error);
  const auto listening = get_option(fd, SO_ACCEPTCONN);
  if (!listening.ok()) return Result<SocketInfo>::failure(listening.error);
  SocketInfo info;
  info.family = local.value.storage.ss_family;
  info.type = type.value;
  info.protocol = protocol.value;
  info.listening = listening.value != 0;
  describe_address(local.value, info);
  return info;
}

}  // namespace baton

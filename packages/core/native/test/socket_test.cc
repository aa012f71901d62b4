#include "socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "check.h"
#include "socket_option.h"

using namespace baton;

namespace {

IpAddress loopback(uint16_t port = 0) { return {"127.0.0.1", port, AF_INET, false}; }

}  // namespace

TEST(socket_binds_and_listens) {
  auto bound = bind_ip(loopback(), Transport::kStream, true);
  CHECK(bound.ok());
  CHECK(start_listening(bound.value, 16) == 0);
  const auto info = inspect_socket(bound.value);
  CHECK(info.ok());
  CHECK(info.value.family == AF_INET);
  CHECK(info.value.type == SOCK_STREAM);
  CHECK(info.value.listening);
  CHECK(info.value.address == "127.0.0.1");
  CHECK(info.value.port != 0);
  CHECK((::fcntl(bound.value.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(bound.value.get(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST(socket_tells_an_address_in_use) {
  auto first = bind_ip(loopback(), Transport::kStream, true);
  CHECK(start_listening(first.value, 16) == 0);
  const uint16_t port = inspect_socket(first.value).value.port;
  CHECK(bind_ip(loopback(port), Transport::kStream, true).error == EADDRINUSE);
}

TEST(socket_v6_only_leaves_the_port_to_ipv4) {
  auto six = bind_ip({"::", 0, AF_INET6, true}, Transport::kStream, true);
  CHECK(six.ok());
  CHECK(start_listening(six.value, 16) == 0);
  const uint16_t port = inspect_socket(six.value).value.port;
  CHECK(bind_ip({"0.0.0.0", port, AF_INET, false}, Transport::kStream, true).ok());
}

TEST(socket_refuses_what_is_no_address) {
  CHECK(bind_ip({"localhost", 0, AF_INET, false}, Transport::kStream, true).error == EINVAL);
  CHECK(bind_ip({"::1", 0, AF_INET, false}, Transport::kStream, true).error == EINVAL);
}

TEST(socket_unix_path_limits) {
  CHECK(bind_unix("").error == EINVAL);
  CHECK(bind_unix(std::string(108, 'x')).error == ENAMETOOLONG);
  CHECK(bind_unix("/nonexistent/folder/socket").error == ENOENT);
  const std::string name = std::string(1, '\0') + "baton-test-abstract";
  auto abstract = bind_unix(name);
  CHECK(abstract.ok());
  CHECK(inspect_socket(abstract.value).value.address == name);
}

TEST(socket_tells_whether_somebody_listens_on_a_path) {
  const std::string path = "/tmp/baton-connect-test." + std::to_string(::getpid());
  CHECK(connect_unix(path) == ENOENT);
  {
    const auto bound = bind_unix(path);
    CHECK(bound.ok());
    CHECK(connect_unix(path) == ECONNREFUSED);
    CHECK(start_listening(bound.value, 0) == 0);
    CHECK(connect_unix(path) == 0);
    while (connect_unix(path) == 0) continue;  // its queue is full then
    CHECK(connect_unix(path) == EAGAIN);
  }
  CHECK(connect_unix(path) == ECONNREFUSED);
  CHECK(::unlink(path.c_str()) == 0);
  CHECK(connect_unix("/tmp") == ECONNREFUSED);
  CHECK(connect_unix("") == EINVAL);
}

TEST(socket_a_paths_file_has_its_mode_when_it_is_made) {
  const std::string path = "/tmp/baton-mode-test." + std::to_string(::getpid());
  const mode_t umask = ::umask(022);
  const auto bound = bind_unix(path, 01777);
  ::umask(umask);
  struct stat file;
  const bool is_there = ::lstat(path.c_str(), &file) == 0;
  ::unlink(path.c_str());
  CHECK(bound.ok() && is_there);
  CHECK(S_ISSOCK(file.st_mode) && (file.st_mode & 07777) == 01755);
}

TEST(socket_adopts_streams_that_listen_and_bound_udp) {
  const auto udp = bind_ip(loopback(), Transport::kDatagram, false);
  const auto tcp = bind_ip(loopback(), Transport::kStream, true);
  CHECK(udp.ok() && tcp.ok());
  CHECK(adopt_socket(udp.value.get(), Transport::kDatagram).ok());
  CHECK(adopt_socket(udp.value.get(), Transport::kStream).error == EINVAL);
  CHECK(adopt_socket(tcp.value.get(), Transport::kStream).error == EINVAL);
  CHECK(start_listening(tcp.value, 16) == 0);
  CHECK(adopt_socket(tcp.value.get(), Transport::kStream).ok());
  CHECK(adopt_socket(tcp.value.get(), Transport::kDatagram).error == EINVAL);
}

TEST(socket_adopts_nothing_else) {
  int pair[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  const UniqueFd one(pair[0]), other(pair[1]);
  const UniqueFd unbound(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const UniqueFd packets(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  for (const auto* fd : {&one, &unbound, &packets, &file}) {
    CHECK(adopt_socket(fd->get(), Transport::kStream).error == EINVAL);
    CHECK(adopt_socket(fd->get(), Transport::kDatagram).error == EINVAL);
  }
  CHECK(adopt_socket(9999, Transport::kStream).error == EBADF);
}

TEST(socket_option_is_all_there_or_not_at_all) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(get_socket_option<int>(socket.get(), SOL_SOCKET, SO_TYPE).value == SOCK_STREAM);
  CHECK(get_socket_option<int64_t>(socket.get(), SOL_SOCKET, SO_TYPE).error == ENOPROTOOPT);
}

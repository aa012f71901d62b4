#include "socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "check.h"

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

TEST(socket_adopts_only_sockets_of_the_right_kind) {
  auto udp = bind_ip(loopback(), Transport::kDatagram, false);
  CHECK(udp.ok());
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(adopt_socket(udp.value.get(), Transport::kDatagram).ok());
  CHECK(adopt_socket(udp.value.get(), Transport::kStream).error == EINVAL);
  CHECK(!adopt_socket(file.get(), Transport::kStream).ok());
  CHECK(adopt_socket(9999, Transport::kStream).error == EBADF);
}

#include "tcp.h"

#include <sys/socket.h>

#include <cstddef>

#include "check.h"
#include "kernel.h"
#include "tcp_pair.h"

using namespace baton;

TEST(tcp_info_has_no_field_that_the_kernel_did_not_write) {
  const Pair pair = connect_pair();
  const TcpInfo state(pair.client.get(), 4);
  CHECK(state.get(&tcp_info::tcpi_state) == kTcpEstablished);
  CHECK(!state.get(&tcp_info::tcpi_unacked).has_value());
  constexpr auto kSent = offsetof(tcp_info, tcpi_bytes_sent);
  const TcpInfo half_of_it(pair.client.get(), kSent + 4);
  CHECK(!half_of_it.get(&tcp_info::tcpi_bytes_sent).has_value());
  const TcpInfo nothing(pair.client.get(), 0);
  CHECK(!nothing.get(&tcp_info::tcpi_state).has_value());
}

TEST(tcp_info_has_all_fields_of_a_full_answer) {
  NEEDS(kWholeTcpInfo);
  const Pair pair = connect_pair();
  const TcpInfo info(pair.client.get());
  CHECK(info.get(&tcp_info::tcpi_bytes_sent) == 0u);
  CHECK(::send(pair.client.get(), "four", 4, MSG_NOSIGNAL) == 4);
  CHECK(TcpInfo(pair.client.get()).get(&tcp_info::tcpi_bytes_sent) == 4u);
}

TEST(tcp_info_has_nothing_of_other_sockets) {
  int ends[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd one(ends[0]), other(ends[1]);
  CHECK(!TcpInfo(one.get()).get(&tcp_info::tcpi_state).has_value());
}

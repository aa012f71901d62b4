#include "reuseport_group.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <memory>

#include "check.h"
#include "kernel.h"
#include "socket.h"

using namespace baton;

namespace {

// Sockets that share an address, and clients of it.
struct Shared {
  std::vector<UniqueFd> sockets;
  ReuseportGroup group;
  uint16_t port = 0;

  void add() {
    const Sharing sharing = sockets.empty() ? Sharing::kFirst : Sharing::kMore;
    auto bound = bind_ip({"127.0.0.1", port, AF_INET, false, sharing}, Transport::kStream, true);
    start_listening(bound.value, 512);
    port = inspect_socket(bound.value).value.port;
    group.add(bound.value.get());
    sockets.push_back(std::move(bound.value));
  }
  void close(size_t i) {
    const int fd = sockets[i].get();
    sockets[i].reset();
    group.remove(fd);
  }
  // Connects that often; returns how many connections each socket got.
  std::vector<int> connect(int count) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < count; ++i) {
      clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      ::connect(clients.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    std::vector<int> got;
    for (const UniqueFd& socket : sockets) {
      got.push_back(0);
      if (!socket.valid()) continue;
      while (UniqueFd(::accept4(socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)).valid())
        ++got.back();
    }
    return got;
  }
};

}  // namespace

TEST(bind_shared_lets_in_ours_and_no_stranger) {
  Shared shared;
  shared.add();
  shared.add();
  const auto stranger = bind_ip({"127.0.0.1", shared.port, AF_INET, false}, Transport::kStream, true);
  CHECK(stranger.error == EADDRINUSE);
  const auto second_first =
      bind_ip({"127.0.0.1", shared.port, AF_INET, false, Sharing::kFirst}, Transport::kStream, true);
  CHECK(second_first.error == EADDRINUSE);
}

TEST(reuseport_group_steers_away_from_what_is_not_wanted) {
  NEEDS(kReuseportFilters);
  Shared shared;
  for (int i = 0; i < 4; ++i) shared.add();
  shared.group.set_wanted(shared.sockets[1].get(), false);
  shared.group.set_wanted(shared.sockets[3].get(), false);
  CHECK(shared.group.steer() == 0);
  const auto got = shared.connect(100);
  CHECK(got[1] == 0 && got[3] == 0 && got[0] + got[2] == 100);
  CHECK(got[0] > 20 && got[2] > 20);
}

// The last socket moves into the hole.
TEST(reuseport_group_knows_the_order_after_a_socket_is_closed) {
  NEEDS(kReuseportFilters);
  Shared shared;
  for (int i = 0; i < 4; ++i) shared.add();
  shared.close(1);
  shared.group.set_wanted(shared.sockets[3].get(), false);
  CHECK(shared.group.steer() == 0);
  auto got = shared.connect(60);
  CHECK(got[3] == 0 && got[0] + got[2] == 60 && got[0] > 0 && got[2] > 0);
  shared.add();
  shared.group.set_wanted(shared.sockets[0].get(), false);
  CHECK(shared.group.steer() == 0);
  got = shared.connect(60);
  CHECK(got[0] == 0 && got[3] == 0 && got[2] > 0 && got[4] > 0 && got[2] + got[4] == 60);
}

TEST(reuseport_group_leaves_the_choice_to_the_kernel_where_all_are_wanted) {
  NEEDS(kReuseportFilters);
  Shared shared;
  for (int i = 0; i < 2; ++i) shared.add();
  CHECK(shared.group.steer() == 0);
  shared.group.set_wanted(shared.sockets[0].get(), false);
  CHECK(shared.group.steer() == 0);
  CHECK(shared.connect(20)[0] == 0);
  shared.group.set_wanted(shared.sockets[0].get(), true);
  CHECK(shared.group.steer() == 0);
  const auto got = shared.connect(60);
  CHECK(got[0] > 5 && got[1] > 5);
}

TEST(choose_among_is_short_enough_for_the_kernel_for_all_slots) {
  const std::vector<uint32_t> all(1024, 0);
  CHECK(choose_among(all).size() <= BPF_MAXINSNS);
}

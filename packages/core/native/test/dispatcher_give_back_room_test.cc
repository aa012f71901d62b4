// Workers that give back more than others, or the primary, have room for.
#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>

#include "both_ends.h"
#include "check.h"
#include "give_back.h"

using namespace baton;

namespace {

int count_fds() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

}  // namespace

TEST(give_back_waits_where_nobody_has_room) {
  constexpr size_t kCount = 1200;
  Primary primary(Policy::kRoundRobin);
  auto old = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  // No more at a time than the kernel's queue has room for.
  while (clients.size() < kCount) {
    for (size_t i = 0; i < 400; ++i) clients.push_back(primary.connect());
    CHECK(old->read_connections(clients.size()));
  }
  auto next = primary.add_worker(2, 0);  // which does not read yet
  primary.dispatcher.drain(1);
  // Until the primary reads no more.
  const auto is_over = [&](const Snapshot& now) { return now.listeners.at("test").waiting >= 256; };
  int error = 0;
  for (int i = 0; i < 2500 && !(error == EAGAIN && is_over(primary.dispatcher.snapshot())); ++i) {
    old->receiver->flush();
    while (!old->connections.empty() && (error = give_back_last(*old, 1, false)) == 0) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(error == EAGAIN);
  CHECK(primary.dispatcher.snapshot().listeners.at("test").waiting < 256 + 64);
  CHECK(!old->connections.empty());
  const uint64_t end_ns = monotonic_ns() + 10'000'000'000;
  while (next->connections.size() < kCount && monotonic_ns() < end_ns) {
    old->receiver->flush();
    if (!old->connections.empty()) give_back_last(*old, 1, false);
    next->turn(1);
  }
  CHECK(next->connections.size() == kCount);
}

TEST(give_back_of_a_listener_that_nobody_serves_holds_up_no_other) {
  constexpr size_t kCount = 400;
  Primary primary(Policy::kRoundRobin);
  auto old = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (size_t i = 0; i < kCount; ++i) clients.push_back(primary.connect());
  CHECK(old->read_connections(kCount));
  const UniqueFd other_client = [&] {
    auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
    const uint16_t port = inspect_socket(socket.value).value.port;
    primary.dispatcher.add_listener(3, 3, "other");
    primary.dispatcher.add_socket(3, ListeningSocket::kEverySlot, std::move(socket.value), 16);
    old->receiver->start_listening(3);
    primary.dispatcher.serve(1, 3);
    return primary.connect(port);
  }();
  CHECK(old->read_connections(kCount + 1));
  auto next = primary.add_worker(2, 0, false);
  next->receiver->start_listening(3);
  primary.dispatcher.serve(2, 3);
  primary.dispatcher.drain(1);
  const UniqueFd of_other = std::move(old->connections.back());
  const Receiver::Claim claim = old->claims.back();
  old->connections.pop_back();
  old->claims.pop_back();
  const uint64_t end_ns = monotonic_ns() + 10'000'000'000;
  while (!old->connections.empty() && monotonic_ns() < end_ns) {
    old->receiver->flush();
    if (give_back_last(*old, 1, false) != 0) old->turn(1);
  }
  CHECK(old->connections.empty());
  int error = EAGAIN;
  while ((error = old->receiver->give_back(of_other.get(), 3, claim)) == EAGAIN && monotonic_ns() < end_ns) {
    old->receiver->flush();
    old->turn(1);
  }
  CHECK(error == 0);
  CHECK(next->read_connections(1));
}

TEST(give_back_loses_nothing_while_the_primary_has_no_fds) {
  Primary primary(Policy::kRoundRobin);
  auto old = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(primary.connect());
  CHECK(old->read_connections(3));
  // So that the primary has no copy of them.
  const int with_copies = count_fds();
  for (const auto& claim : old->claims) old->receiver->on_request(claim);
  old->turn(0);
  CHECK(primary.wait_until([&](const Snapshot&) { return count_fds() == with_copies - 3; }));
  primary.dispatcher.drain(1);
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = 256;
  ::setrlimit(RLIMIT_NOFILE, &few);
  std::vector<UniqueFd> taken;
  do {
    taken.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  } while (taken.back().valid());
  // Both ends are one process here, so that closing these would make room.
  for (size_t i = 0; i < 3; ++i) {
    CHECK(old->receiver->give_back(old->connections[i].get(), 1, old->claims[i]) == 0);
  }
  // The first may take the place that is kept free; the others would be lost.
  for (int i = 0; i < 50; ++i) {
    primary.dispatcher.snapshot();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(primary.dispatcher.snapshot().slots.at(0).given_back == 1);
  ::setrlimit(RLIMIT_NOFILE, &before);
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(3));
  CHECK(primary.dispatcher.snapshot().slots.at(0).given_back_lost == 0);
}

// Workers that have closes wait: the dispatcher stands still for none.
#include <algorithm>
#include <atomic>

#include "check.h"
#include "kernel.h"
#include "liar.h"
#include "tcp_pair.h"

using namespace baton;

using Fixture = LiarFixture;

namespace {

// The longest that a call of the dispatcher's took while `lie` ran: it waits for the thread's turn.
template <typename Lie>
uint64_t longest_wait_ns(Primary& primary, Lie lie) {
  std::atomic<bool> is_over{false};
  uint64_t longest_ns = 0;
  std::thread owner([&] {
    while (!is_over) {
      const uint64_t before_ns = monotonic_ns();
      primary.dispatcher.acknowledge(kHonest + 1);
      longest_ns = std::max(longest_ns, monotonic_ns() - before_ns);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  lie();
  is_over = true;
  owner.join();
  return longest_ns;
}

// Far less than a close waits, far more than a turn takes on a machine that has other things to do.
constexpr uint64_t kStandstillNs = 500'000'000;

}  // namespace

TEST(liar_has_each_close_wait_for_unsent_bytes) {
  Primary primary(Policy::kRoundRobin);
  auto liar = primary.add_worker(kLiar, 0);
  std::vector<UniqueFd> clients;
  const uint64_t longest_ns = longest_wait_ns(primary, [&] {
    for (int i = 0; i < 20; ++i) {
      clients.push_back(primary.connect());
      liar->read_connections(1);
      linger_for(liar->connections[0].get(), 2);
      // It says so when its own is gone, so that the primary closes last.
      liar->connections.clear();
      liar->receiver->on_closing(-1, liar->claims[0]);
      liar->claims.clear();
      liar->turn(0);
    }
    primary.dispatcher.snapshot();
  });
  CHECK(longest_ns < kStandstillNs);
}

TEST(liar_sends_what_cannot_be_closed_at_once) {
  NEEDS(kSurplusFdsClosed);
  const auto given = encode(GivenBack{});
  const std::string_view record(given.data(), given.size());
  for (const size_t count : {1, 2, 3, 100}) {
    Fixture f;
    Pair pair = connect_pair();
    linger_for(pair.worker.get(), 2);
    pair.primary.socket.reset();
    const uint64_t longest_ns = longest_wait_ns(f.primary, [&] {
      // All but the first few are dropped by the kernel, for want of room.
      send_fds(f.channel, record, std::vector<int>(count, pair.worker.get()));
      pair.worker.reset();
      f.primary.wait_for<TargetGone>();
    });
    CHECK(f.primary.count<TargetGone>() == 1);
    CHECK(longest_ns < kStandstillNs);
  }
}

TEST(liar_leaves_traps_in_its_channel_and_for_its_successor) {
  const auto stopped = encode(StoppedListening{77});
  Fixture f;
  std::vector<Trap> traps;
  const uint64_t longest_ns = longest_wait_ns(f.primary, [&] {
    for (int i = 0; i < 8; ++i) {
      traps.push_back(make_trap());
      f.channel.send({stopped.data(), stopped.size()}, traps.back().socket.get());
      traps.back().socket.reset();
    }
    f.refused(8);
    // Nobody reads these, as its owner is told of too much.
    const std::string text = encode_control("{}");
    for (int i = 0; i < 64; ++i) f.channel.send(text, -1);
    f.primary.wait_for<ControlArrived>(64);
    for (int i = 0; i < 3; ++i) {
      traps.push_back(make_trap());
      f.channel.send({stopped.data(), stopped.size()}, traps.back().socket.get());
      traps.back().socket.reset();
    }
    f.channel.close();
    f.primary.wait_for<TargetGone>();
    f.serves(4);
  });
  CHECK(longest_ns < kStandstillNs);
  CHECK(f.honest->connections.size() == 4);
  // What others are rid of is closed all the same.
  const UniqueFd client = f.primary.connect();
  CHECK(f.honest->read_connections(5));
  f.honest->close_connections();
  CHECK(is_closed(client));
  for (Trap& trap : traps) reset_connection(trap.client);
}

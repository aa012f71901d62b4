// Workers that turn all the time are not stalled, whatever waits in their channels.
#include <atomic>

#include "both_ends.h"
#include "check.h"

using namespace baton;

TEST(dispatcher_does_not_take_a_worker_for_stalled_that_turns_while_it_looks) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.stall_after_ns = 1'000'000'000;
  Primary primary(options);
  auto one = primary.add_worker(1, 0);
  auto two = primary.add_worker(2, 1);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(20));
  std::atomic<bool> running{true};
  const auto turn = [&](Worker& worker) {
    while (running) {
      worker.receiver->on_turned();
      worker.receiver->on_waiting();
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  };
  std::thread first([&] { turn(*one); }), second([&] { turn(*two); });
  // Its offers are older than stallAfter soon, and each snapshot makes the dispatcher look.
  const uint64_t end_ns = monotonic_ns() + 1'500'000'000;
  while (monotonic_ns() < end_ns) primary.dispatcher.snapshot();
  running = false;
  first.join();
  second.join();
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(Primary::revoked(snapshot, 0, RevokeReason::kStalled) == 0);
  CHECK(Primary::revoked(snapshot, 1, RevokeReason::kStalled) == 0);
}

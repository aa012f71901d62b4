#include "queue_watch.h"

#include "check.h"

using namespace baton;

namespace {

constexpr uint64_t kMs = 1'000'000;
constexpr uint64_t kStallAfter = 20 * kMs;
constexpr uint64_t kNow = 1'000'000 * kMs;
constexpr LoopPhase kWaiting{kNow - 5 * kMs, false};

}  // namespace

TEST(queue_watch_has_nothing_to_look_at_until_something_comes) {
  const QueueWatch watch(kStallAfter);
  CHECK(watch.wants_notice());
  CHECK(watch.look_at_ns() == QueueWatch::kNever);
  CHECK(watch.neglected_since_ns(kWaiting) == 0);
}

TEST(queue_watch_takes_what_came_for_neglected_until_the_loop_turns) {
  QueueWatch watch(kStallAfter);
  watch.on_notice(kWaiting, kNow);
  CHECK(!watch.wants_notice());
  CHECK(watch.look_at_ns() == kNow + kStallAfter);
  CHECK(watch.neglected_since_ns(kWaiting) == kNow);
  CHECK(watch.neglected_since_ns({kNow + kMs, false}) == 0);
}

TEST(queue_watch_forgets_when_the_queue_is_empty) {
  QueueWatch watch(kStallAfter);
  watch.on_notice(kWaiting, kNow);
  watch.look(false, kWaiting, kNow + kStallAfter);
  CHECK(watch.wants_notice());
  CHECK(watch.neglected_since_ns(kWaiting) == 0);
}

TEST(queue_watch_keeps_its_time_while_the_loop_does_not_turn) {
  QueueWatch watch(kStallAfter);
  watch.on_notice(kWaiting, kNow);
  watch.look(true, kWaiting, kNow + kStallAfter);
  CHECK(watch.neglected_since_ns(kWaiting) == kNow);
}

// What waits came since the loop turned, at some time.
TEST(queue_watch_counts_from_the_last_turn) {
  QueueWatch watch(kStallAfter);
  watch.on_notice(kWaiting, kNow);
  const LoopPhase turned{kNow + 18 * kMs, false};
  watch.look(true, turned, kNow + 20 * kMs);
  CHECK(watch.neglected_since_ns(turned) == kNow + 18 * kMs);
}

// It may have come just now, to a loop that waits for it.
TEST(queue_watch_gives_a_loop_that_has_long_waited_the_benefit_of_the_doubt) {
  QueueWatch watch(kStallAfter);
  watch.on_notice(kWaiting, kNow);
  const LoopPhase turned{kNow + kMs, false};
  const uint64_t later = kNow + 500 * kMs;
  watch.look(true, turned, later);
  CHECK(watch.look_at_ns() == later + 5 * kMs);
}

TEST(queue_watch_does_not_let_a_phase_in_the_future_put_it_off) {
  QueueWatch watch(kStallAfter);
  watch.on_notice(kWaiting, kNow);
  watch.look(true, {kNow * 2, false}, kNow + kStallAfter);
  CHECK(watch.look_at_ns() <= kNow + 2 * kStallAfter);
}

TEST(queue_watch_takes_times_longer_than_the_machine_is_up) {
  QueueWatch watch(kNow * 2);
  watch.on_notice(kWaiting, kNow);
  const LoopPhase turned{kNow + kMs, false};
  watch.look(true, turned, kNow + 2 * kMs);
  CHECK(watch.neglected_since_ns(turned) == kNow + kMs);
}

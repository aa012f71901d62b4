#include "stall_watch.h"

#include "check.h"

using namespace baton;

namespace {

constexpr uint64_t kNoOffer = 0;

}  // namespace

TEST(stall_watch_never_calls_a_worker_stalled_that_idles) {
  StallWatch watch(20);
  CHECK(!watch.judge({1'000, false}, kNoOffer, 1'000'000));
  CHECK(watch.deadline({1'000, false}, kNoOffer, 1'000'000) == StallWatch::kNever);
  // An offer ends the wait: it has from then on.
  CHECK(!watch.judge({1'000, false}, 1'000'000, 1'000'019));
  CHECK(watch.deadline({1'000, false}, 1'000'000, 1'000'019) == 1'000'020);
  CHECK(watch.judge({1'000, false}, 1'000'000, 1'000'020));
}

TEST(stall_watch_needs_no_offer_where_callbacks_are_known_to_run) {
  StallWatch watch(20);
  CHECK(!watch.judge({1'000, true}, kNoOffer, 1'019));
  CHECK(watch.judge({1'000, true}, kNoOffer, 1'020));
}

TEST(stall_watch_lets_a_loop_turn_slowly_with_offers_waiting) {
  StallWatch watch(20);
  CHECK(!watch.judge({1'000, false}, 900, 1'010));
  CHECK(!watch.judge({1'015, false}, 900, 1'030));
}

TEST(stall_watch_keeps_its_verdict_until_the_loop_goes_on) {
  StallWatch watch(20);
  CHECK(watch.judge({1'000, false}, 1'000, 1'020));
  // The offer was taken back; that is no sign of life.
  CHECK(watch.judge({1'000, false}, kNoOffer, 1'100));
  CHECK(watch.is_stalled());
  CHECK(watch.total_ns({1'000, false}, 0, 1'100) == 80);
  CHECK(!watch.has_gone_on({1'000, false}));
  CHECK(watch.has_gone_on({1'000, true}));
  CHECK(!watch.judge({1'120, true}, kNoOffer, 1'130));
  CHECK(!watch.is_stalled());
  CHECK(watch.total_ns({1'120, true}, 0, 1'140) == 100);
}

TEST(stall_watch_judges_a_worker_that_lies_about_the_time_by_its_offers) {
  StallWatch watch(20);
  const uint64_t to_come = UINT64_MAX >> 1;
  CHECK(!watch.judge({to_come, true}, kNoOffer, 1'000));
  CHECK(!watch.judge({to_come, false}, 990, 1'000));
  CHECK(watch.judge({to_come, true}, 980, 1'000));
  CHECK(watch.judge({to_come, true}, 980, 2'000));
  // And its verdict cannot make the sum run away.
  CHECK(!watch.judge({to_come - 1, false}, kNoOffer, 3'000));
  CHECK(watch.total_ns({to_come - 1, false}, 0, 3'000) <= 2'000);
}

TEST(stall_watch_tells_of_a_stall_that_nobody_has_judged) {
  const StallWatch watch(20);
  const LoopPhase runs{1'000, true}, waits{1'000, false};
  CHECK(watch.still_since_ns(runs, 1'020) == 0 && watch.total_ns(runs, 7, 1'020) == 7);
  CHECK(watch.still_since_ns(runs, 1'100) == 1'000 && watch.total_ns(runs, 7, 1'100) == 7 + 80);
  CHECK(watch.still_since_ns(waits, 9'000) == 0 && watch.total_ns(waits, 7, 9'000) == 7);
}

TEST(stall_watch_measures_a_stall_from_its_deadline_however_late_it_is_judged) {
  StallWatch watch(20);
  const LoopPhase waits{1'000, false};
  CHECK(watch.judge(waits, 1'000, 1'500));
  CHECK(watch.still_since_ns(waits, 1'500) == 1'000);
  CHECK(watch.total_ns(waits, 0, 1'500) == 480);
}

TEST(stall_watch_leaves_to_the_worker_what_that_counts_itself) {
  const LoopPhase waits{1'000, false}, waits_again{1'100, false};
  // A callback that nobody saw begin, at 1'010: the worker counts it, from then on, at the end of its turn.
  StallWatch unseen(20);
  CHECK(unseen.judge(waits, 1'020, 1'040, 5));
  CHECK(unseen.total_ns(waits, 5, 1'100) == 5 + 60);
  CHECK(unseen.total_ns({1'010, true}, 5, 1'100) == 5 + 70);
  CHECK(unseen.total_ns(waits_again, 5 + 70, 1'150) == 5 + 70);
  CHECK(!unseen.judge(waits_again, kNoOffer, 1'150, 5 + 70));
  CHECK(unseen.total_ns(waits_again, 5 + 70, 1'150) == 5 + 70);
  // One that was stopped while it waited has counted nothing.
  StallWatch stopped(20);
  CHECK(stopped.judge(waits, 1'020, 1'040, 5));
  CHECK(!stopped.judge(waits_again, kNoOffer, 1'101, 5));
  CHECK(stopped.total_ns(waits_again, 5, 1'150) == 5 + 60);
  // A turn that was known to run is the worker's to count.
  StallWatch running(20);
  CHECK(running.judge({1'000, true}, kNoOffer, 1'040, 5));
  CHECK(!running.judge(waits_again, kNoOffer, 1'101, 5 + 80));
  CHECK(running.total_ns(waits_again, 5 + 80, 1'150) == 5 + 80);
}

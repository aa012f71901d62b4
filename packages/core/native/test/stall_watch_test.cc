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
  CHECK(watch.total_ns(1'100) == 80);
  CHECK(!watch.has_gone_on({1'000, false}));
  CHECK(watch.has_gone_on({1'000, true}));
  CHECK(!watch.judge({1'120, true}, kNoOffer, 1'130));
  CHECK(!watch.is_stalled());
  CHECK(watch.total_ns(1'200) == 100);
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
  CHECK(watch.total_ns(3'000) <= 2'000);
}

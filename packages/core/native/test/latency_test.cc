#include "latency.h"

#include "check.h"

using namespace baton;

TEST(latency_bounds_run_from_10_microseconds_to_a_third_of_a_second) {
  CHECK(Latency::bound_ns(0) == 10'000);
  CHECK(Latency::bound_ns(Latency::kBounds - 1) == 327'680'000);
}

TEST(latency_has_a_bucket_for_each_time) {
  Latency latency;
  latency.observe(1'000'000, 1'015'000);  // 15 µs
  latency.observe(1'000'000, 1'010'000);  // 10 µs: bounds are inclusive
  latency.observe(1'000'000, 2'000'000'000);
  CHECK(latency.buckets[0] == 1);
  CHECK(latency.buckets[1] == 1);
  CHECK(latency.buckets[Latency::kBounds] == 1);
  CHECK(latency.sum_ns == 15'000 + 10'000 + 1'999'000'000);
}

TEST(latency_takes_a_clock_that_went_back_for_no_time) {
  Latency latency;
  latency.observe(2'000, 1'000);
  CHECK(latency.buckets[0] == 1);
  CHECK(latency.sum_ns == 0);
}

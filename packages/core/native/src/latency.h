#pragma once

#include <cstddef>
#include <cstdint>

namespace baton {

// How long handoffs took, accept4 in the primary → claim in the worker: a histogram with upper bounds of
// 10 µs, doubling, up to 327.68 ms, and one more bucket for all that is slower.
struct Latency {
  static constexpr size_t kBounds = 16;
  static constexpr size_t kBuckets = kBounds + 1;
  static constexpr uint64_t bound_ns(size_t bucket) { return uint64_t{10'000} << bucket; }

  uint64_t sum_ns = 0;
  uint64_t buckets[kBuckets] = {};

  void observe(uint64_t from_ns, uint64_t to_ns) {
    const uint64_t took = to_ns > from_ns ? to_ns - from_ns : 0;
    size_t bucket = 0;
    while (bucket < kBounds && took > bound_ns(bucket)) ++bucket;
    ++buckets[bucket];
    sum_ns += took;
  }

  void add(const Latency& other) {
    sum_ns += other.sum_ns;
    for (size_t i = 0; i < kBuckets; ++i) buckets[i] += other.buckets[i];
  }
};

}  // namespace baton

#pragma once

#include <cstddef>
#include <cstdint>

namespace baton {

// What has become of HTTP requests. None of it ever falls.
struct RequestCounts {
  static constexpr size_t kClasses = 4;  // of statuses: 2xx, 3xx, 4xx, 5xx
  static constexpr size_t kBounds = 19;  // of durations: 0.25 ms, doubling, up to 65.536 s
  static constexpr size_t kBuckets = kBounds + 1;
  static constexpr uint64_t bound_ns(size_t bucket) { return uint64_t{250'000} << bucket; }

  // Where each is in the ledger: a worker's JavaScript writes there by these numbers
  // (src/worker/request-figures.ts).
  enum Place : size_t {
    kBegun,     // requests whose head was read
    kAborted,   // of those, the ones whose connection, or stream, closed before their response had ended
    kUpgraded,  // connections that the app took over: Upgrade, CONNECT
    kRejected,  // what Node has answered by itself, since it was no request, or did not come in time
    kDuration,  // of the responses that have ended, in ms, all told
    kResponses,
    kDurations = kResponses + kClasses,
    kPlaces = kDurations + kBuckets,
  };

  double values[kPlaces] = {};

  double responses() const {
    double sum = 0;
    for (size_t i = 0; i < kClasses; ++i) sum += values[kResponses + i];
    return sum;
  }

  // Of the requests that have begun, those that have not ended: lost, if their worker has.
  double under_way() const {
    const double ended = responses() + values[kAborted];
    return values[kBegun] > ended ? values[kBegun] - ended : 0;
  }

  // Takes what a worker tells of the same requests later. What has fallen, or is no number, is nonsense.
  void raise(size_t place, double told) {
    if (told > values[place] && told <= kMost) values[place] = told;
  }

  void add(const RequestCounts& other) {
    for (size_t i = 0; i < kPlaces; ++i) values[i] += other.values[i];
  }

 private:
  static constexpr double kMost = 9007199254740991;  // up to here doubles have each whole number
};

}  // namespace baton

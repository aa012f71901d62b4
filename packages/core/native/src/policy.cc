#include "policy.h"

#include <utility>

namespace baton {
namespace {

using Candidates = std::vector<Candidate>;

// The first candidate after `last_slot`, going round.
size_t next_in_turn(const Candidates& candidates, uint32_t last_slot) {
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].slot > last_slot) return i;
  }
  return 0;
}

// The first of those, in turn, that `is_better` than all before.
template <typename IsBetter>
size_t best_in_turn(const Candidates& candidates, uint32_t last_slot, IsBetter is_better) {
  const size_t first = next_in_turn(candidates, last_slot);
  size_t best = first;
  for (size_t i = 1; i < candidates.size(); ++i) {
    const size_t at = (first + i) % candidates.size();
    if (is_better(candidates[at], candidates[best])) best = at;
  }
  return best;
}

// More connections than this are more than a share.
uint64_t fair_share(const Candidates& candidates) {
  uint64_t all = 0;
  for (const Candidate& candidate : candidates) all += candidate.connections;
  const uint64_t mean = all / candidates.size();
  return mean + mean / 16 + 2;
}

size_t least_loaded(const Candidates& candidates, uint32_t last_slot) {
  constexpr uint64_t kBeyondShare = 2;  // added to the queue
  const uint64_t share = fair_share(candidates);
  const auto cost = [share](const Candidate& candidate) {
    return std::pair(candidate.queue + (candidate.connections > share ? kBeyondShare : 0),
                     candidate.connections);
  };
  return best_in_turn(candidates, last_slot,
                      [&](const Candidate& a, const Candidate& b) { return cost(a) < cost(b); });
}

// The finalizer of splitmix64: each bit of the input changes half of the output's.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

size_t highest_random_weight(const Candidates& candidates, uint64_t client) {
  size_t best = 0;
  uint64_t best_weight = 0;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const uint64_t weight = mix(client ^ mix(candidates[i].slot + 1));
    if (i != 0 && weight <= best_weight) continue;
    best = i;
    best_weight = weight;
  }
  return best;
}

}  // namespace

std::optional<Policy> parse_policy(std::string_view name) {
  if (name == "least-loaded") return Policy::kLeastLoaded;
  if (name == "round-robin") return Policy::kRoundRobin;
  if (name == "sticky") return Policy::kSticky;
  return std::nullopt;
}

bool needs_load(Policy policy, uint64_t client) {
  return policy == Policy::kLeastLoaded || (policy == Policy::kSticky && client == 0);
}

size_t choose(Policy policy, const Candidates& candidates, uint32_t last_slot, uint64_t client) {
  if (needs_load(policy, client)) return least_loaded(candidates, last_slot);
  return policy == Policy::kSticky ? highest_random_weight(candidates, client)
                                   : next_in_turn(candidates, last_slot);
}

size_t choose_for_idle(const Candidates& candidates, uint32_t last_slot) {
  return best_in_turn(candidates, last_slot,
                      [](const Candidate& a, const Candidate& b) { return a.connections < b.connections; });
}

}  // namespace baton

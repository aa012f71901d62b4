#include "policy.h"

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

size_t least_loaded(const Candidates& candidates, size_t first) {
  size_t best = first;
  for (size_t i = 1; i < candidates.size(); ++i) {
    const size_t at = (first + i) % candidates.size();
    const Candidate& one = candidates[at];
    const Candidate& other = candidates[best];
    if (one.busy != other.busy ? other.busy : one.load < other.load) best = at;
  }
  return best;
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

size_t choose(Policy policy, const Candidates& candidates, uint32_t last_slot, uint64_t client) {
  if (policy == Policy::kSticky && client != 0) return highest_random_weight(candidates, client);
  const size_t next = next_in_turn(candidates, last_slot);
  return policy == Policy::kRoundRobin ? next : least_loaded(candidates, next);
}

}  // namespace baton

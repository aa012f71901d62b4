#include "policy.h"

namespace baton {
namespace {

// The first candidate after `last_slot`, going round.
size_t next_in_turn(const std::vector<Candidate>& candidates, uint32_t last_slot) {
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].slot > last_slot) return i;
  }
  return 0;
}

}  // namespace

std::optional<Policy> parse_policy(std::string_view name) {
  if (name == "least-loaded") return Policy::kLeastLoaded;
  if (name == "round-robin") return Policy::kRoundRobin;
  return std::nullopt;
}

size_t choose(Policy policy, const std::vector<Candidate>& candidates, uint32_t last_slot) {
  const size_t first = next_in_turn(candidates, last_slot);
  if (policy == Policy::kRoundRobin) return first;
  size_t best = first;
  for (size_t i = 1; i < candidates.size(); ++i) {
    const size_t at = (first + i) % candidates.size();
    if (candidates[at].load < candidates[best].load) best = at;
  }
  return best;
}

}  // namespace baton

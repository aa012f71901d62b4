#include "policy.h"

#include "check.h"

using namespace baton;

namespace {

uint32_t chosen_slot(Policy policy, const std::vector<Candidate>& candidates, uint32_t last_slot) {
  return candidates[choose(policy, candidates, last_slot)].slot;
}

}  // namespace

TEST(policy_names) {
  CHECK(parse_policy("least-loaded") == Policy::kLeastLoaded);
  CHECK(parse_policy("round-robin") == Policy::kRoundRobin);
  CHECK(!parse_policy("random").has_value());
}

TEST(policy_round_robin_begins_with_the_first_and_goes_round) {
  const std::vector<Candidate> candidates = {{0, 9}, {1, 0}, {2, 5}};
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, UINT32_MAX) == 0);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 0) == 1);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 1) == 2);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 2) == 0);
}

TEST(policy_round_robin_keeps_the_turn_when_a_slot_is_missing) {
  const std::vector<Candidate> candidates = {{0, 0}, {3, 0}};
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 1) == 3);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 3) == 0);
}

TEST(policy_least_loaded_takes_the_least) {
  const std::vector<Candidate> candidates = {{0, 4}, {1, 2}, {2, 3}};
  for (uint32_t last = 0; last < 3; ++last) CHECK(chosen_slot(Policy::kLeastLoaded, candidates, last) == 1);
}

TEST(policy_least_loaded_lets_ties_take_turns) {
  const std::vector<Candidate> candidates = {{0, 1}, {1, 7}, {2, 1}};
  CHECK(chosen_slot(Policy::kLeastLoaded, candidates, 0) == 2);
  CHECK(chosen_slot(Policy::kLeastLoaded, candidates, 2) == 0);
}

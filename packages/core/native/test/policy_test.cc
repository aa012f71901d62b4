#include "policy.h"

#include "check.h"

using namespace baton;

namespace {

uint32_t chosen_slot(Policy policy, const std::vector<Candidate>& candidates, uint32_t last_slot,
                     uint64_t client = 0) {
  return candidates[choose(policy, candidates, last_slot, client)].slot;
}

std::vector<Candidate> idle(const std::vector<uint64_t>& loads) {
  std::vector<Candidate> candidates;
  for (uint64_t load : loads) candidates.push_back({static_cast<uint32_t>(candidates.size()), false, load});
  return candidates;
}

}  // namespace

TEST(policy_names) {
  CHECK(parse_policy("least-loaded") == Policy::kLeastLoaded);
  CHECK(parse_policy("round-robin") == Policy::kRoundRobin);
  CHECK(parse_policy("sticky") == Policy::kSticky);
  CHECK(!parse_policy("random").has_value());
}

TEST(policy_round_robin_begins_with_the_first_and_goes_round) {
  const auto candidates = idle({9, 0, 5});
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, UINT32_MAX) == 0);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 0) == 1);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 1) == 2);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 2) == 0);
}

TEST(policy_round_robin_keeps_the_turn_when_a_slot_is_missing) {
  const std::vector<Candidate> candidates = {{0, false, 0}, {3, false, 0}};
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 1) == 3);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 3) == 0);
}

TEST(policy_least_loaded_takes_the_least) {
  const auto candidates = idle({4, 2, 3});
  for (uint32_t last = 0; last < 3; ++last) CHECK(chosen_slot(Policy::kLeastLoaded, candidates, last) == 1);
}

TEST(policy_least_loaded_lets_ties_take_turns) {
  const auto candidates = idle({1, 7, 1});
  CHECK(chosen_slot(Policy::kLeastLoaded, candidates, 0) == 2);
  CHECK(chosen_slot(Policy::kLeastLoaded, candidates, 2) == 0);
}

TEST(policy_least_loaded_prefers_an_idle_event_loop) {
  const std::vector<Candidate> candidates = {{0, true, 0}, {1, false, 9}, {2, false, 8}};
  for (uint32_t last = 0; last < 3; ++last) CHECK(chosen_slot(Policy::kLeastLoaded, candidates, last) == 2);
  const std::vector<Candidate> busy = {{0, true, 3}, {1, true, 2}};
  CHECK(chosen_slot(Policy::kLeastLoaded, busy, 0) == 1);
}

TEST(policy_sticky_keeps_a_client_and_spreads_clients) {
  const auto candidates = idle({0, 9, 3, 1});
  size_t clients[4] = {};
  for (uint64_t client = 1; client <= 4000; ++client) {
    const uint32_t slot = chosen_slot(Policy::kSticky, candidates, 2, client);
    CHECK(chosen_slot(Policy::kSticky, candidates, 0, client) == slot);
    ++clients[slot];
  }
  for (size_t count : clients) CHECK(count > 850 && count < 1150);
}

TEST(policy_sticky_moves_only_the_share_of_a_slot_that_comes_or_goes) {
  const auto four = idle({0, 0, 0, 0});
  const std::vector<Candidate> three(four.begin(), four.begin() + 3);
  size_t moved = 0;
  for (uint64_t client = 1; client <= 4000; ++client) {
    const uint32_t before = chosen_slot(Policy::kSticky, three, 0, client);
    const uint32_t after = chosen_slot(Policy::kSticky, four, 0, client);
    CHECK(after == before || after == 3);
    moved += after == 3 ? 1 : 0;
  }
  CHECK(moved > 850 && moved < 1150);
}

TEST(policy_sticky_sends_clients_without_an_address_to_the_least_loaded) {
  CHECK(chosen_slot(Policy::kSticky, idle({4, 2, 3}), 0, 0) == 1);
}

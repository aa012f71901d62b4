#include "policy.h"

#include "check.h"

using namespace baton;

namespace {

uint32_t chosen_slot(Policy policy, const std::vector<Candidate>& candidates, uint32_t last_slot,
                     uint64_t client = 0) {
  return candidates[choose(policy, candidates, last_slot, client)].slot;
}

// Candidates with these queues, and no connections.
std::vector<Candidate> queues(const std::vector<uint64_t>& lengths) {
  std::vector<Candidate> candidates;
  for (uint64_t length : lengths) candidates.push_back({static_cast<uint32_t>(candidates.size()), length, 0});
  return candidates;
}

bool always_least_loaded(const std::vector<Candidate>& candidates, uint32_t slot) {
  for (uint32_t last = 0; last < candidates.size(); ++last) {
    if (chosen_slot(Policy::kLeastLoaded, candidates, last) != slot) return false;
  }
  return true;
}

}  // namespace

TEST(policy_names) {
  CHECK(parse_policy("least-loaded") == Policy::kLeastLoaded);
  CHECK(parse_policy("round-robin") == Policy::kRoundRobin);
  CHECK(parse_policy("sticky") == Policy::kSticky);
  CHECK(!parse_policy("random").has_value());
}

TEST(policy_round_robin_begins_with_the_first_and_goes_round) {
  const auto candidates = queues({9, 0, 5});
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, UINT32_MAX) == 0);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 0) == 1);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 1) == 2);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 2) == 0);
}

TEST(policy_round_robin_keeps_the_turn_when_a_slot_is_missing) {
  const std::vector<Candidate> candidates = {{0}, {3}};
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 1) == 3);
  CHECK(chosen_slot(Policy::kRoundRobin, candidates, 3) == 0);
}

TEST(policy_least_loaded_takes_the_shortest_queue) {
  CHECK(always_least_loaded(queues({4, 2, 3}), 1));
  // However many connections it has, within its share.
  CHECK(always_least_loaded({{0, 1, 20}, {1, 0, 22}, {2, 3, 18}}, 1));
}

TEST(policy_least_loaded_takes_the_fewest_connections_of_equal_queues) {
  CHECK(always_least_loaded({{0, 2, 7}, {1, 2, 5}, {2, 2, 6}}, 1));
}

TEST(policy_least_loaded_lets_ties_take_turns) {
  const auto candidates = queues({1, 7, 1});
  CHECK(chosen_slot(Policy::kLeastLoaded, candidates, 0) == 2);
  CHECK(chosen_slot(Policy::kLeastLoaded, candidates, 2) == 0);
}

// The mean of 100 and 120 is 110: the share ends at 110 + 110 / 16 + 2 = 118.
TEST(policy_least_loaded_counts_connections_beyond_the_share_as_two_that_wait) {
  CHECK(always_least_loaded({{0, 1, 100}, {1, 0, 120}}, 0));
  CHECK(always_least_loaded({{0, 2, 100}, {1, 0, 120}}, 0));
  CHECK(always_least_loaded({{0, 3, 100}, {1, 0, 120}}, 1));
  CHECK(always_least_loaded({{0, 1, 102}, {1, 0, 118}}, 1));
}

TEST(policy_least_loaded_gives_work_to_one_that_holds_many_silent_connections) {
  CHECK(always_least_loaded({{0, 7, 507}, {1, 10, 10}}, 0));
}

TEST(policy_knows_when_loads_matter) {
  CHECK(needs_load(Policy::kLeastLoaded, 5) && !needs_load(Policy::kRoundRobin, 0));
  CHECK(needs_load(Policy::kSticky, 0) && !needs_load(Policy::kSticky, 5));
}

TEST(policy_puts_idle_connections_where_the_fewest_are) {
  const std::vector<Candidate> candidates = {{0, 0, 9}, {1, 50, 7}, {2, 0, 8}};
  for (uint32_t last = 0; last < 3; ++last) CHECK(choose_for_idle(candidates, last) == 1);
  const std::vector<Candidate> even = {{0, 0, 3}, {1, 0, 3}};
  CHECK(choose_for_idle(even, 0) == 1 && choose_for_idle(even, 1) == 0);
}

TEST(policy_sticky_keeps_a_client_and_spreads_clients) {
  const auto candidates = queues({0, 9, 3, 1});
  size_t clients[4] = {};
  for (uint64_t client = 1; client <= 4000; ++client) {
    const uint32_t slot = chosen_slot(Policy::kSticky, candidates, 2, client);
    CHECK(chosen_slot(Policy::kSticky, candidates, 0, client) == slot);
    ++clients[slot];
  }
  for (size_t count : clients) CHECK(count > 850 && count < 1150);
}

TEST(policy_sticky_moves_only_the_share_of_a_slot_that_comes_or_goes) {
  const auto four = queues({0, 0, 0, 0});
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
  CHECK(chosen_slot(Policy::kSticky, queues({4, 2, 3}), 0, 0) == 1);
}

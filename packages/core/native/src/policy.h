#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace baton {

enum class Policy { kLeastLoaded, kRoundRobin, kSticky };

std::optional<Policy> parse_policy(std::string_view name);

// A target that can take a connection now, as the policy sees it.
struct Candidate {
  uint32_t slot = 0;
  bool busy = false;  // callbacks run in its event loop
  uint64_t load = 0;  // open connections, those on their way included
};

// Chooses one of `candidates`, which are in the order of their slots and not empty; returns its index.
// Rotation goes on from `last_slot`, the slot chosen before: so a slot that comes or goes does not disturb
// the turn of the others.
//
// kSticky is rendezvous hashing (Thaler and Ravishankar 1998) of `client`, so that a slot that comes or goes
// moves its own share of the clients only. Clients without an address (0) go where least-loaded sends them.
size_t choose(Policy policy, const std::vector<Candidate>& candidates, uint32_t last_slot, uint64_t client);

}  // namespace baton

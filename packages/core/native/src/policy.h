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
  uint64_t queue = 0;        // requests that wait in it, or will come at once: Target::queue()
  uint64_t connections = 0;  // open, those on their way included
};

// Whether `policy` asks how loaded the candidates are, for a client of that hash. Else their slots are
// enough.
bool needs_load(Policy policy, uint64_t client);

// How many candidates kLeastLoaded compares: of more, so many are drawn at random. To look at all of them
// would cost more with each worker, and two of a million do nearly as well (Mitzenmacher 2001, "The Power of
// Two Choices in Randomized Load Balancing").
inline constexpr size_t kLoadsCompared = 3;

// Chooses one of `candidates`, which are in the order of their slots and not empty; returns its index.
// Rotation goes on from `last_slot`, the slot chosen before: so a slot that comes or goes does not disturb
// the turn of the others.
//
// kLeastLoaded takes the shortest queue, since that is what a connection has to wait for; of equal ones, that
// of the fewest connections. Connections that stay are load to come: a candidate with more than its share of
// them has two added to its queue. So the shares keep close, and one that holds many idle connections still
// gets its part of the work.
//
// kSticky is rendezvous hashing (Thaler and Ravishankar 1998) of `client`, so that a slot that comes or goes
// moves its own share of the clients only. Clients without an address (0) go where least-loaded sends them.
size_t choose(Policy policy, const std::vector<Candidate>& candidates, uint32_t last_slot, uint64_t client);

// The same for a connection on which nobody waits for an answer: it goes to the fewest connections.
size_t choose_for_idle(const std::vector<Candidate>& candidates, uint32_t last_slot);

}  // namespace baton

#include "held_sockets.h"

#include <sys/mman.h>

#include "check.h"

using namespace baton;

namespace {

constexpr uint32_t kListener = 3, kCounter = 7;

struct Fixture {
  Ledger ledger = std::move(Ledger::create().value.ledger);
  HeldSockets held{ledger};
  ListeningSocket socket{1, kListener, 0, UniqueFd(), 20'000'000};
  uint64_t accepted = 0;

  // The worker has lived for long enough to have accepted what these tests say.
  Fixture() {
    const uint64_t made_ns = monotonic_ns();
    while (monotonic_ns() < made_ns + 10'000) {
    }
  }
};

}  // namespace

TEST(held_sockets_count_from_when_they_were_handed_over) {
  Fixture f;
  f.ledger.count_own_accepted(kCounter);  // an earlier listener's
  f.held.on_handed_over(f.socket, kCounter, f.accepted);
  f.ledger.count_own_accepted(kCounter);
  CHECK(f.held.hold(f.socket));
  f.ledger.count_own_accepted(kCounter);
  f.held.count();
  CHECK(f.held.accepted() == 2 && f.accepted == 2);
}

TEST(held_sockets_count_what_was_accepted_until_the_end_though_it_was_never_held) {
  Fixture f;
  f.held.on_handed_over(f.socket, kCounter, f.accepted);
  f.ledger.count_own_accepted(kCounter);
  f.held.remove(kListener);
  CHECK(f.accepted == 1 && f.held.revoked() == 1 && f.held.claimed() == 0);
  f.ledger.count_own_accepted(kCounter);
  f.held.count();
  CHECK(f.accepted == 1);
}

TEST(held_sockets_count_no_more_than_a_worker_can_have_accepted) {
  auto created = Ledger::create();
  auto* memory = static_cast<LedgerMemory*>(::mmap(nullptr, sizeof(LedgerMemory), PROT_READ | PROT_WRITE,
                                                   MAP_SHARED, created.value.memfd.get(), 0));
  const uint64_t since_ns = monotonic_ns();
  HeldSockets held(created.value.ledger);
  const ListeningSocket socket{1, kListener, 0, UniqueFd(), 20'000'000};
  uint64_t accepted = 0, before = 0;
  held.on_handed_over(socket, kCounter, accepted);
  for (const uint64_t lie : {UINT64_MAX, uint64_t{0}, UINT64_MAX / 2, UINT64_MAX - 1}) {
    memory->own_accepted[kCounter] = lie;
    held.count();
    CHECK(accepted >= before && accepted == held.accepted());
    CHECK(accepted <= (monotonic_ns() - since_ns) / 100);
    before = accepted;
  }
  CHECK(accepted > 0);
  ::munmap(memory, sizeof(LedgerMemory));
}

TEST(held_sockets_hold_what_was_handed_over_and_once) {
  Fixture f;
  CHECK(!f.held.hold(f.socket));
  f.held.on_handed_over(f.socket, kCounter, f.accepted);
  CHECK(f.held.hold(f.socket) && !f.held.hold(f.socket));
  CHECK(f.held.claimed() == 1);
  f.held.remove(kListener);
  CHECK(f.held.empty() && f.held.revoked() == 0);
}

TEST(held_sockets_hold_the_one_that_was_handed_over_and_no_newer_one) {
  Fixture f;
  ListeningSocket newer{2, kListener, ListeningSocket::kEverySlot, UniqueFd(), 20'000'000};
  f.held.on_handed_over(f.socket, kCounter, f.accepted);
  CHECK(f.held.has(f.socket) && !f.held.has(newer));
  CHECK(!f.held.hold(newer) && f.held.hold(f.socket));
  f.held.on_handed_over(newer, kCounter, f.accepted);
  CHECK(f.held.has(newer) && !f.held.has(f.socket));
}

// Another version of Baton, or a liar, might.
TEST(held_sockets_take_no_counter_beyond_the_ledger) {
  Fixture f;
  f.held.on_handed_over(f.socket, UINT32_MAX, f.accepted);
  f.ledger.count_own_accepted(UINT32_MAX);
  f.held.count();
  CHECK(f.accepted == 1);
}

TEST(held_sockets_tell_the_oldest_that_is_neglected) {
  Fixture f;
  ListeningSocket other{2, kListener + 1, 0, UniqueFd(), 20'000'000};
  f.held.on_handed_over(f.socket, 1, f.accepted);
  f.held.on_handed_over(other, 2, f.accepted);
  f.held.hold(f.socket);
  f.held.hold(other);
  const LoopPhase waiting{100, false};
  CHECK(f.held.neglected_since_ns(waiting) == 0);
  f.socket.queue_watch.on_notice(waiting, 300);
  other.queue_watch.on_notice(waiting, 200);
  CHECK(f.held.neglected_since_ns(waiting) == 200);
  CHECK(f.held.neglected_since_ns({150, false}) == 0);
}

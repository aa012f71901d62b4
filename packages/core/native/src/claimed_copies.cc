#include "claimed_copies.h"

#include <algorithm>

namespace baton {
namespace {

// Long for a client between connecting and asking, short for holding an fd of an idle connection.
constexpr uint64_t kKeepNs = 1'000'000'000;
constexpr size_t kMost = 64;

}  // namespace

void ClaimedCopies::add(Connection connection, uint64_t seq, uint64_t claimed_at_ns) {
  if (copies_.size() == kMost) copies_.pop_front();
  copies_.push_back({std::move(connection), seq, claimed_at_ns});
}

bool ClaimedCopies::has_news() const {
  if (copies_.empty()) return false;
  if (ledger_.closed() != closed_seen_) return true;
  const uint64_t polled_from_ns = ledger_.polled_from_ns();
  const auto waits_for_poll = [](const Copy& copy) {
    return !copy.connection.offered_before && !copy.was_idle;
  };
  return std::any_of(copies_.begin(), copies_.end(), [&](const Copy& copy) {
    return waits_for_poll(copy) && copy.claimed_at_ns < polled_from_ns;
  });
}

uint64_t ClaimedCopies::deadline_ns() const {
  const auto first =
      std::find_if(copies_.begin(), copies_.end(), [](const Copy& copy) { return copy.was_idle; });
  return first == copies_.end() ? UINT64_MAX : first->claimed_at_ns + kKeepNs;
}

void ClaimedCopies::let_go(uint64_t now_ns) {
  closed_seen_ = ledger_.closed();
  const uint64_t polled_from_ns = ledger_.polled_from_ns();
  const auto is_useless = [&](Copy& copy) { return !is_needed(copy, polled_from_ns, now_ns); };
  copies_.erase(std::remove_if(copies_.begin(), copies_.end(), is_useless), copies_.end());
}

bool ClaimedCopies::is_needed(Copy& copy, uint64_t polled_from_ns, uint64_t now_ns) const {
  // Closed; or its place in the ring is another offer's, so that it could not say so.
  if (ledger_.state(copy.seq) != OfferState::kClaimed) return false;
  if (copy.connection.offered_before) return true;
  if (copy.was_idle) return now_ns < copy.claimed_at_ns + kKeepNs;
  if (copy.claimed_at_ns >= polled_from_ns) return true;
  copy.was_idle = copy.connection.is_untouched();
  return copy.was_idle;
}

size_t ClaimedCopies::let_all_go() {
  const size_t count = copies_.size();
  copies_.clear();
  return count;
}

std::vector<Connection> ClaimedCopies::recover() {
  std::vector<Connection> untouched;
  for (Copy& copy : copies_) {
    if (ledger_.state(copy.seq) != OfferState::kClaimed) continue;
    if (copy.connection.is_untouched()) {
      untouched.push_back(std::move(copy.connection));
    } else {
      copy.connection.end();
    }
  }
  copies_.clear();
  return untouched;
}

}  // namespace baton

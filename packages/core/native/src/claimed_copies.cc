#include "claimed_copies.h"

#include <algorithm>

namespace baton {
namespace {

// Long for a client between connecting and asking, short for holding an fd of an idle connection.
constexpr uint64_t kKeepNs = 1'000'000'000;
constexpr size_t kMost = 64;

// Most clients send their request with the last packet of the handshake. Who has sent none for so long has
// none to send now, or has asked for something that the worker does not tell of, such as an upgrade.
constexpr uint64_t kAwaitNs = 100'000'000;

}  // namespace

void ClaimedCopies::add(Connection connection, uint64_t seq, uint64_t claimed_at_ns) {
  if (copies_.size() == kMost) copies_.pop_front();
  copies_.push_back({std::move(connection), seq, claimed_at_ns});
}

uint64_t ClaimedCopies::until_ns(const Copy& copy) {
  return copy.connection.offered_before ? UINT64_MAX : copy.claimed_at_ns + kKeepNs;
}

uint64_t ClaimedCopies::deadline_ns() const {
  uint64_t first_ns = UINT64_MAX;
  for (const Copy& copy : copies_) first_ns = std::min(first_ns, until_ns(copy));
  return first_ns;
}

void ClaimedCopies::forget(uint64_t seq) {
  const auto has_it = [&](const Copy& copy) { return copy.seq == seq; };
  copies_.erase(std::remove_if(copies_.begin(), copies_.end(), has_it), copies_.end());
}

std::optional<Connection> ClaimedCopies::take(uint64_t seq) {
  const auto found =
      std::find_if(copies_.begin(), copies_.end(), [&](const Copy& copy) { return copy.seq == seq; });
  if (found == copies_.end()) return std::nullopt;
  Connection connection = std::move(found->connection);
  copies_.erase(found);
  return connection;
}

void ClaimedCopies::let_go(uint64_t done, uint64_t now_ns) {
  done_seen_ = done;
  awaiting_ = 0;
  const auto is_useless = [&](const Copy& copy) {
    if (now_ns >= until_ns(copy)) return true;
    const OfferState state = ledger_.state(copy.seq);
    const bool is_new = !copy.connection.is_idle() && now_ns < copy.claimed_at_ns + kAwaitNs;
    awaiting_ += state == OfferState::kClaimed && is_new ? 1 : 0;
    if (state == OfferState::kBegun) return !copy.connection.offered_before;
    // Closed; or its place in the ring is another offer's, so that it could not say so.
    return state != OfferState::kClaimed;
  };
  copies_.erase(std::remove_if(copies_.begin(), copies_.end(), is_useless), copies_.end());
}

size_t ClaimedCopies::let_all_go() {
  const size_t count = copies_.size();
  copies_.clear();
  return count;
}

size_t ClaimedCopies::recover(std::vector<Connection>& untouched) {
  size_t touched = 0;
  for (Copy& copy : copies_) {
    const bool has_begun = ledger_.state(copy.seq) != OfferState::kClaimed;
    if (!has_begun && copy.connection.is_untouched()) {
      untouched.push_back(std::move(copy.connection));
    } else {
      copy.connection.end();
      touched += has_begun ? 0 : 1;
    }
  }
  copies_.clear();
  return touched;
}

}  // namespace baton

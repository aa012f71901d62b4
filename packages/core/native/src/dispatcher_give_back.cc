// Workers as sources: one that drains, or has more than its share, gives idle connections back, and they go
// the way of all others.
#include <fcntl.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "dispatcher.h"

namespace baton {
namespace {

// Connections that wait in the primary for a worker with room. Beyond that a worker keeps its own, which it
// can still answer. Those of a listener that nobody serves now hold up others less.
constexpr size_t kMostWaiting = 256;
constexpr size_t kMostWaitingUnserved = 4096;

// A worker that has ended sooner than this has ended early; at most so many of those in a row make the next
// one wait twice as long each.
constexpr uint64_t kEarlyNs = 5'000'000'000;
constexpr uint32_t kMostDoublings = 5;

}  // namespace

int Dispatcher::drain(uint32_t id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = targets_.find(id);
  if (found == targets_.end()) return ENOENT;
  Target& target = *found->second;
  now_ns_ = monotonic_ns();
  target.drain();
  for (auto& entry : listeners_) {
    entry.second->remove_target(&target);
    // What it accepts until it hears of it is counted still.
    for (auto& socket : entry.second->sockets) socket->remove_holder(&target);
    target.held().on_taken_over(entry.first);
  }
  if (settle(target)) {
    const auto all = [](const Connection&, uint64_t) { return true; };
    target.offers().revoke_if(RevokeReason::kDraining, returned_, all);
    take_in(target);
  }
  poller_.wake();
  return 0;
}

// One that drains has to wait while others have no room for what it gives back. The others may be what makes
// room.
bool Dispatcher::may_read(const Target& target) const {
  return target.may_tell() && reserve_.valid() && !(target.is_draining() && is_backlog_full_);
}

bool Dispatcher::is_backlog_full() const {
  size_t served = 0;
  size_t unserved = 0;
  for (const auto& [id, listener] : listeners_) {
    (listener->targets().empty() ? unserved : served) += listener->waiting.size();
  }
  return served >= kMostWaiting || unserved >= kMostWaitingUnserved;
}

void Dispatcher::watch_backlog() {
  const bool is_full = is_backlog_full();
  if (is_full == std::exchange(is_backlog_full_, is_full)) return;
  for (auto& entry : targets_) watch(*entry.second);
}

// A record that is read without room for its fd loses it (unix(7), MSG_CTRUNC), and with it the connection:
// nobody else has it any more. So one is kept free; while there is none, nothing is read.
Received Dispatcher::receive(Target& target) {
  reserve_.reset();
  Received received = target.channel().receive_warily(buffer_);
  reserve_fd();
  return received;
}

void Dispatcher::reserve_fd() {
  if (reserve_.valid()) return;
  reserve_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  if (!reserve_.valid()) schedule_retry();
}

// False: it is nonsense.
bool Dispatcher::on_given_back(Target& target, const GivenBack& given, SharedFd socket) {
  // Its claim must have been seen before, so that there is no second copy of it from here on.
  if (!settle(target)) return true;
  Connection connection;
  if (auto copy = target.offers().claimed_copies().take(given.seq)) {
    connection = std::move(*copy);
  } else {
    if (!socket.valid()) {
      target.count_given_back_lost();
      return true;
    }
    const auto listener = listeners_.find(given.listener);
    const auto found = inspect_socket(socket.get());
    if (!found.ok() || found.value.type != SOCK_STREAM || found.value.listening) return false;
    if (listener != listeners_.end() &&
        (found.value.family != listener->second->family || found.value.port != listener->second->port))
      return false;
    connection.socket = std::move(socket);
    connection.listener = given.listener;
    connection.offered_before = given.offered_before;
    connection.look_up_client();
  }
  connection.kept_alive = given.kept_alive;
  connection.giver = target.id;
  connection.claimed_before = true;
  connection.accepted_at_ns = now_ns_;  // its second wait begins
  connection.begin_anew();
  target.count_given_back();
  wait_or_drop(std::move(connection));
  is_backlog_full_ = is_backlog_full_ || is_backlog_full();
  return true;
}

// The workers that serve alike, by the listeners that all of them serve: `common`. Those of other listeners
// would have nowhere to go.
std::vector<Target*> Dispatcher::serving_targets(std::vector<uint32_t>& common) const {
  std::vector<Target*> serving;
  for (const auto& [id, target] : targets_) {
    const auto serves = [&, target = target.get()](const auto& entry) {
      const auto& those = entry.second->targets();
      return std::any_of(those.begin(), those.end(), [&](const auto& it) { return it.target == target; });
    };
    if (std::any_of(listeners_.begin(), listeners_.end(), serves)) serving.push_back(target.get());
  }
  for (const auto& [id, listener] : listeners_) {
    if (listener->targets().size() == serving.size()) common.push_back(id);
  }
  return serving;
}

// A worker that ends as early is a crash in the making.
uint64_t Dispatcher::settled_at_ns(const Target& target) const {
  const auto found = early_ends_.find(target.slot);
  const uint32_t early_ends = found == early_ends_.end() ? 0 : found->second;
  return target.added_at_ns + (options_.settle_ns << std::min(std::max(early_ends, 1u) - 1, kMostDoublings));
}

void Dispatcher::note_end(const Target& target) {
  if (target.is_draining()) return;
  if (monotonic_ns() - target.added_at_ns < kEarlyNs) {
    ++early_ends_[target.slot];
  } else {
    early_ends_.erase(target.slot);
  }
}

// A worker that is full gives, but takes nothing.
std::vector<Share> Dispatcher::look_up_shares(const std::vector<Target*>& serving,
                                              const std::vector<uint32_t>& common) {
  std::vector<Share> shares;
  settle_at_ns_ = 0;
  for (Target* target : serving) {
    shares.push_back(target->share());
    const auto is_full = [&](uint32_t id) { return target->is_full(listeners_.at(id)->place); };
    if (std::any_of(common.begin(), common.end(), is_full)) shares.back().can_take = false;
    const uint64_t settled_at_ns = this->settled_at_ns(*target);
    if (now_ns_ >= settled_at_ns) continue;
    shares.back().can_take = false;
    settle_at_ns_ = settle_at_ns_ == 0 ? settled_at_ns : std::min(settle_at_ns_, settled_at_ns);
  }
  return shares;
}

// A client that has to keep its slot cannot move. Else every turn may have changed the shares. While fds are
// short, what is given back might be lost.
void Dispatcher::rebalance() {
  if (options_.rebalance_every_ns == 0 || options_.policy == Policy::kSticky) return;
  rebalancer_.on_event();
  if (!rebalancer_.is_due(now_ns_)) return;
  std::vector<uint32_t> common;
  std::vector<Target*> serving = serving_targets(common);
  const bool are_fds_short = accept_paused_since_ns_ != 0 || !reserve_.valid();
  if (common.empty() || are_fds_short) serving.clear();
  for (const Rebalancer::Order& order : rebalancer_.look(look_up_shares(serving, common), now_ns_))
    targets_.at(order.target)->order_give_back(order.connections, common);
}

}  // namespace baton

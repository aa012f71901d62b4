#include "target.h"

#include <algorithm>
#include <utility>

#include "message.h"

namespace baton {
namespace {

constexpr uint64_t kRestNs = 100'000'000;

// A wait that is shorter tells that the event loop turns.
constexpr uint64_t kProbeAfterNs = 1'000'000'000;

// More than a process can have fds for (fs.nr_open).
constexpr uint64_t kMostConnections = 1 << 30;

}  // namespace

int Target::send_control(std::string_view payload, UniqueFd fd) {
  return outbox_.send(channel_, encode_control(payload), std::move(fd));
}

bool Target::offer(Connection& connection, uint32_t place, uint64_t now_ns) {
  Offered message;
  message.seq = offers_.next_seq();
  message.accepted_at_ns = connection.accepted_at_ns;
  message.listener = connection.listener;
  message.place = place;
  message.offered_before = connection.offered_before;
  message.kept_alive = connection.kept_alive;
  const OfferedRecord record = encode(message);
  offers_.announce();
  if (!outbox_.try_send(channel_, {record.data(), record.size()}, connection.socket.get())) return false;
  if (connection.is_idle()) ++movable_;
  offers_.keep(std::move(connection), now_ns);
  return true;
}

// One read, where no server is about to be full. What is read is kept: it must not change while a worker is
// chosen.
void Target::look_at_vacancies() {
  const uint64_t changes = ledger_.vacancy_changes();
  if (changes == vacancy_changes_) return;
  vacancy_changes_ = changes;
  for (uint32_t place = 0; place < vacancies_.size(); ++place) vacancies_[place] = ledger_.vacancies(place);
}

bool Target::order_give_back(uint32_t connections, const std::vector<uint32_t>& listeners) {
  if (has_order_ || outbox_.room() != Outbox::Room::kFree) return false;
  if (!outbox_.try_send(channel_, encode(GiveBackOrder{connections, listeners}), -1)) return false;
  has_order_ = true;
  ordered_ = connections;
  obeyed_ = 0;
  return true;
}

bool Target::may_give_back() {
  if (draining_) return true;
  if (!has_order_ || obeyed_ == ordered_) return false;
  ++obeyed_;
  ++rebalanced_;
  return true;
}

std::optional<Obeyed> Target::end_order(uint32_t movable, uint64_t now_ns) {
  if (!has_order_) return std::nullopt;
  has_order_ = false;
  if (ordered_ == 0) {
    const uint64_t all = connections();
    movable_ = std::min<uint64_t>(movable, all);
    immovable_ = all - movable_;
    movable_at_ns_ = now_ns;
  }
  return Obeyed{ordered_, obeyed_};
}

void Target::count_given_back() {
  ++given_back_;
  if (movable_ > 0) --movable_;
}

Share Target::share() {
  const uint64_t all = connections();
  immovable_ = std::min(immovable_, all);
  Share share;
  share.target = id;
  share.connections = all;
  share.immovable = immovable_;
  share.movable = std::min(movable_, all);
  share.told_at_ns = movable_at_ns_;
  share.is_asked = has_order_ && ordered_ == 0 && !is_stalled();
  share.can_take = !is_stalled() && can_take();
  share.can_give = share.can_take && !has_order_;
  return share;
}

// The oldest thing that waits for it to turn to; 0: nothing does.
uint64_t Target::waited_for_since_ns() const {
  uint64_t since_ns = StallWatch::kNever;
  const uint64_t offered_ns = offers_.open() == 0 ? 0 : offers_.oldest_at_ns();
  for (const uint64_t at_ns : {held_.neglected_since_ns(phase_), offered_ns, probed_at_ns_}) {
    if (at_ns != 0) since_ns = std::min(since_ns, at_ns);
  }
  return since_ns == StallWatch::kNever ? 0 : since_ns;
}

bool Target::probe(uint64_t now_ns) {
  const LoopPhase phase = ledger_.phase();
  if (phase.running || phase.since_ns == 0 || now_ns < phase.since_ns + kProbeAfterNs) return true;
  if (probed_at_ns_ != 0 || offers_.open() > 0 || outbox_.room() != Outbox::Room::kFree) return true;
  const auto record = encode(HelloMessage{});
  if (!outbox_.try_send(channel_, {record.data(), record.size()}, -1)) return false;
  probed_at_ns_ = now_ns;
  return true;
}

uint64_t Target::stall_deadline(uint64_t now_ns) const {
  const uint64_t since_ns = waited_for_since_ns();
  return since_ns == 0 ? StallWatch::kNever : stall_watch_.deadline(phase_, since_ns, now_ns);
}

// The worker's counters are read once, and bounded by what it claimed and accepted: whatever a ledger holds,
// and however it changes meanwhile, this is not negative, and not absurd.
uint64_t Target::connections() const {
  const uint64_t claimed = offers_.claimed();
  const uint64_t own = std::min(ledger_.own_connections(), kMostConnections);
  return claimed - std::min(ledger_.closed(), claimed) + offers_.open() + own;
}

uint64_t Target::requests() const { return std::min(ledger_.requests(), kMostConnections); }

uint64_t Target::queue() const {
  return offers_.open() + offers_.claimed_copies().awaiting() + requests() +
         (ledger_.phase().running ? 1 : 0);
}

TargetFigures Target::figures(uint64_t now_ns) {
  TargetFigures figures;
  figures.claimed = offers_.claimed();
  figures.reclaimed = offers_.reclaimed();
  figures.recovered = recovered_;
  figures.unrecovered = unrecovered_;
  std::copy(std::begin(revoked_), std::end(revoked_), figures.revoked);
  figures.open = offers_.open();
  figures.given_back = given_back_;
  figures.given_back_lost = given_back_lost_;
  figures.rebalanced = rebalanced_;
  figures.own_accepted = held_.accepted();
  figures.listeners_claimed = held_.claimed();
  figures.listeners_revoked = held_.revoked();
  figures.connections = connections();
  figures.requests = requests();
  fill_in_times(figures, now_ns);
  figures.latency = latency_;
  ledger_.read_request_counts(http_);
  figures.http = http_;
  return figures;
}

TargetFigures Target::last_figures(uint64_t now_ns) {
  TargetFigures figures = this->figures(now_ns);
  figures.open = figures.connections = figures.requests = 0;
  // One that has only left goes on with them, and nobody sees how they end.
  if (!ledger_.left()) figures.http_lost = static_cast<uint64_t>(figures.http.under_way());
  return figures;
}

// As of this moment, however long the dispatcher has slept. Whatever a ledger holds, none is more than the
// worker has lived for, and sums never go down.
void Target::fill_in_times(TargetFigures& figures, uint64_t now_ns) {
  const uint64_t lifetime_ns = now_ns - std::min(created_at_ns_, now_ns);
  const uint64_t counted_ns = std::min(ledger_.stalled_ns(), lifetime_ns);
  const LoopPhase phase = ledger_.phase();
  const uint64_t stalled_ns = std::min(stall_watch_.total_ns(phase, counted_ns, now_ns), lifetime_ns);
  const uint64_t still_since_ns = stall_watch_.still_since_ns(phase, now_ns);
  figures.stalled_ns = stalled_ns_ = std::max(stalled_ns_, stalled_ns);
  if (still_since_ns != 0)
    figures.stalled_for_ns = std::min(now_ns - std::min(still_since_ns, now_ns), lifetime_ns);
  figures.idle_ns = idle_ns_ = std::max(idle_ns_, std::min(idle_ns(now_ns), lifetime_ns));
}

// With the wait that goes on, if it does: an idle worker may not turn for long.
uint64_t Target::idle_ns(uint64_t now_ns) const {
  const LoopPhase phase = ledger_.phase();
  const uint64_t waiting_ns = phase.running || now_ns < phase.since_ns ? 0 : now_ns - phase.since_ns;
  const uint64_t idle_ns = ledger_.idle_ns();
  return idle_ns + std::min(phase.since_ns == 0 ? 0 : waiting_ns, UINT64_MAX - idle_ns);
}

std::vector<Connection> Target::recover() {
  if (ledger_.left()) return {};
  std::vector<Connection> untouched;
  unrecovered_ += offers_.claimed_copies().recover(untouched);
  recovered_ += untouched.size();
  return untouched;
}

void Target::rest(uint64_t now_ns) {
  closed_at_rest_ = ledger_.closed();
  resting_until_ns_ = now_ns + kRestNs;
}

bool Target::can_end_rest(uint64_t now_ns) const {
  return ledger_.closed() != closed_at_rest_ || now_ns >= resting_until_ns_;
}

void Target::on_turn(uint64_t now_ns) {
  if (std::exchange(asked_, false)) ledger_.wake_on(0);
  if (resting_until_ns_ != 0 && can_end_rest(now_ns)) resting_until_ns_ = 0;
  stall_watch_.judge(phase_, waited_for_since_ns(), now_ns, counted_stalled_ns_);
}

// First the flag, then one more look: the worker does it the other way round, so one of the two sees the
// other's (native/model/handoff.pml).
bool Target::ask_for_wake(uint32_t events) {
  if (offers_.kept() > 0) events |= kOnDone;
  if (offers_.full()) events |= kOnSettled;
  if (resting_until_ns_ != 0) events |= kOnClosed;
  if (events == 0) return true;
  asked_ = true;
  ledger_.wake_on(events);
  if (offers_.has_settled()) return false;
  if (resting_until_ns_ != 0 && can_end_rest(0)) return false;
  if ((events & kOnVacancy) != 0 && ledger_.vacancy_changes() != vacancy_changes_) return false;
  return (events & kOnTurn) == 0 || !stall_watch_.has_gone_on(ledger_.phase());
}

}  // namespace baton

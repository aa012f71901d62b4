#include "receiver.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <variant>

namespace baton {
namespace {

// How many records are read in one turn: most of those that are left to a worker that was stalled have been
// revoked, and cost little.
constexpr int kReadBatch = 64;

}  // namespace

// The fd of the next record, which must be of the same type as `expected`.
Result<UniqueFd> Receiver::receive_fd_of(const Message& expected) {
  Received received = channel_.receive(buffer_);
  if (received.kind != Received::Kind::kRecord || !received.fd.valid())
    return Result<UniqueFd>::failure(EPROTO);
  const auto decoded = decode(received.record);
  const Message* message = std::get_if<Message>(&decoded);
  if (message == nullptr || message->index() != expected.index()) return Result<UniqueFd>::failure(EPROTO);
  return std::move(received.fd);
}

Result<std::unique_ptr<Receiver>> Receiver::open(UniqueFd socket) {
  using Opened = Result<std::unique_ptr<Receiver>>;
  auto receiver = std::make_unique<Receiver>();
  receiver->channel_ = Channel(std::move(socket));
  const auto memfd = receiver->receive_fd_of(HelloMessage{});
  if (!memfd.ok()) return Opened::failure(memfd.error);
  auto ledger = Ledger::map(memfd.value);
  if (!ledger.ok()) return Opened::failure(ledger.error);
  receiver->ledger_ = std::move(ledger.value);
  auto wake = receiver->receive_fd_of(WakeMessage{});
  if (!wake.ok()) return Opened::failure(wake.error);
  receiver->wake_ = std::move(wake.value);
  return receiver;
}

Receiver::Outcome Receiver::receive(int most_connections, Handler& handler) {
  for (int i = 0; i < kReadBatch && most_connections > 0; ++i) {
    if (!channel_.valid()) return Outcome::kClosed;
    Received received = channel_.receive(buffer_);
    if (received.kind == Received::Kind::kNothingYet) return Outcome::kDrained;
    if (received.kind == Received::Kind::kClosed) return Outcome::kClosed;
    if (received.kind == Received::Kind::kRefused) continue;
    const auto decoded = decode(received.record);
    const Message* message = std::get_if<Message>(&decoded);
    if (message == nullptr) continue;
    if (const auto* offered = std::get_if<Offered>(message)) {
      if (on_offer(*offered, std::move(received.fd), handler)) --most_connections;
    } else if (const auto* control = std::get_if<ControlMessage>(message)) {
      handler.on_control(control->payload, std::move(received.fd));
    } else if (const auto* order = std::get_if<GiveBackOrder>(message)) {
      handler.on_give_back_order(*order);
    }
  }
  return Outcome::kMore;
}

bool Receiver::on_offer(const Offered& offered, UniqueFd socket, Handler& handler) {
  happened_ |= kOnSettled;
  if (!socket.valid()) {
    refuse(offered.seq, OfferState::kSocketLost);  // no room for an fd here: MSG_CTRUNC
    return false;
  }
  if (listening_.count(offered.listener) == 0) {
    socket.reset();
    refuse(offered.seq, OfferState::kDeclined);
    return false;
  }
  // Told before the offer is settled: whoever sees that, sees this.
  const uint32_t vacancies = handler.vacancies(offered.listener);
  if (vacancies < LedgerMemory::kManyVacancies)
    vacancies_.tell(offered.listener, offered.place, vacancies - std::min(vacancies, 1u));
  if (vacancies == 0) {
    socket.reset();
    refuse(offered.seq, OfferState::kFull);
    return false;
  }
  // If it was revoked, another worker has it, and this duplicate goes silently.
  if (!ledger_.claim(offered.seq, monotonic_ns())) return false;
  ++claimed_open_;
  handler.on_connection(offered.listener, std::move(socket),
                        {offered.seq, offered.offered_before, offered.kept_alive});
  return true;
}

void Receiver::refuse(uint64_t seq, OfferState outcome) {
  ledger_.settle(seq, outcome);
  happened_ |= kOnDone;
}

void Receiver::look_for_vacancies(Handler& handler) {
  if (vacancies_.look([&](uint32_t listener) { return handler.vacancies(listener); }))
    happened_ |= kOnVacancy;
}

int Receiver::stop_accepting(uint32_t listener, uint32_t place, UniqueFd surplus) {
  vacancies_.tell(listener, place, 0);
  const auto record = encode(StoppedAccepting{listener});
  return outbox_.send(channel_, {record.data(), record.size()}, std::move(surplus));
}

int Receiver::stop_listening(uint32_t listener) {
  listening_.erase(listener);
  vacancies_.forget(listener);
  const auto record = encode(StoppedListening{listener});
  return outbox_.send(channel_, {record.data(), record.size()}, {});
}

// The primary reads this before it hears of this worker's end, and lets its copy go then: so if this worker
// is killed in between, the connection is not offered twice.
int Receiver::give_back(int fd, uint32_t listener, Claim claim) {
  if (!channel_.valid() || outbox_.room() == Outbox::Room::kGone) return EPIPE;
  const auto record = encode(GivenBack{claim.seq, listener, claim.offered_before, claim.kept_alive});
  if (outbox_.room() != Outbox::Room::kFree ||
      !outbox_.try_send(channel_, {record.data(), record.size()}, fd))
    return EAGAIN;
  if (claim.seq != 0) tell_closed(claim);
  return 0;
}

int Receiver::end_order(uint32_t movable) {
  const auto record = encode(GiveBackDone{movable});
  return outbox_.send(channel_, {record.data(), record.size()}, {});
}

int Receiver::send_control(std::string_view payload) {
  return outbox_.send(channel_, encode_control(payload), {});
}

void Receiver::publish_phase(bool running, uint64_t since_ns) {
  running_ = running ? 1 : 0;
  ledger_.publish_phase({since_ns, running});
}

// When the last wait for events ended. Before the event loop has turned, this moment is as good as any.
uint64_t Receiver::woke_at_ns() const {
  if (waiting_since_ns_ == 0) return monotonic_ns();
  return waiting_since_ns_ + (idle_clock_() - idle_ns_);
}

void Receiver::count_stall(uint64_t turn_ns) {
  const uint64_t stall_after_ns = ledger_.stall_after_ns();
  if (turn_ns <= stall_after_ns) return;
  stalled_ns_ += turn_ns - stall_after_ns;
  ledger_.publish_stalled(stalled_ns_);
}

// Wakes once a turn, not for each event: it costs a system call, and the primary a turn of its own.
void Receiver::on_waiting() {
  const uint64_t now_ns = monotonic_ns();
  const uint64_t idle_ns = idle_clock_();
  if (waiting_since_ns_ != 0) {
    const uint64_t passed_ns = now_ns - waiting_since_ns_;
    count_stall(passed_ns - std::min(idle_ns - idle_ns_, passed_ns));
  }
  waiting_since_ns_ = now_ns;
  idle_ns_ = idle_ns;
  ledger_.publish_idle(idle_ns);
  publish_phase(false, now_ns);
  if (happened_ != 0 && ledger_.take_wake(happened_)) ::eventfd_write(wake_.get(), 1);
  happened_ = 0;
  late_closes_.let_go(ledger_.released());
}

// Where nobody saw a callback begin since the wait, those that ran were part of this turn all the same.
void Receiver::on_turned() {
  publish_phase(true, running_ != 0 ? monotonic_ns() : woke_at_ns());
  happened_ |= kOnTurn;
}

void Receiver::on_running() {
  if (running_ == 0) publish_phase(true, woke_at_ns());
}

void Receiver::on_closing(int fd, Claim claim) {
  if (claim.offered_before) ::shutdown(fd, SHUT_RDWR);
  tell_closed(claim);
  if (channel_.valid() && ledger_.released() < ledger_.done()) late_closes_.keep(fd, ledger_.done());
}

void Receiver::on_resetting(int fd, Claim claim) {
  // Dissolves the association, with a RST (connect(2)).
  const sockaddr nobody{AF_UNSPEC, {}};
  if (claim.offered_before) ::connect(fd, &nobody, sizeof nobody);
  tell_closed(claim);
}

void Receiver::on_request(Claim claim) {
  on_running();
  if (ledger_.advance(claim.seq, OfferState::kClaimed, OfferState::kBegun)) tell_done();
}

void Receiver::tell_closed(Claim claim) {
  ledger_.count_closed();
  --claimed_open_;
  happened_ |= kOnClosed;
  const bool was_news = ledger_.advance(claim.seq, OfferState::kClaimed, OfferState::kClosed);
  const bool is_kept = claim.offered_before;  // although it had begun
  if (was_news || (is_kept && ledger_.advance(claim.seq, OfferState::kBegun, OfferState::kClosed)))
    tell_done();
}

void Receiver::on_own_accepted(uint32_t counter) {
  on_running();
  ledger_.count_own_accepted(counter);
}

void Receiver::publish_own_connections(uint64_t all) {
  ledger_.publish_own_connections(all - std::min(all, claimed_open_));
}

// The primary has no use for its copy any more.
void Receiver::tell_done() {
  ledger_.count_done();
  happened_ |= kOnDone;
}

void Receiver::close() {
  channel_.close();
  late_closes_.let_all_go();
}

void Receiver::leave() {
  ledger_.publish_left();
  close();
}

}  // namespace baton

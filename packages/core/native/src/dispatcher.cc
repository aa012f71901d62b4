#include "dispatcher.h"

#include <pthread.h>
#include <sched.h>

#include <cerrno>

namespace baton {
namespace {

// How many records one worker may send before the others have their turn.
constexpr int kReadBatch = 64;
// Lack of fds, memory or in-flight room ends without an event. Short against a client's patience, long
// against spinning.
constexpr uint64_t kRetryNs = 20'000'000;

// SCHED_BATCH (sched(7)): under load the thread does not interrupt a worker for each single connection, but
// runs when a processor is free, or the worker's slice of a few milliseconds is over, and finds several. On
// an idle machine it runs at once, as ever. It halves the primary's cost of a connection.
void use_batch_scheduling() {
  const sched_param parameters{};
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &parameters);
}

}  // namespace

int Dispatcher::start() {
  if (thread_.joinable()) return EALREADY;
  if (const int error = poller_.open()) return error;
  thread_ = std::thread([this] { run(); });
  return 0;
}

void Dispatcher::stop() {
  if (thread_.joinable()) {
    {
      std::lock_guard<FairMutex> lock(mutex_);
      stopping_ = true;
    }
    poller_.wake();
    thread_.join();
  }
  for (const auto& entry : targets_) totals_.add_gone(*entry.second);
  listeners_.clear();
  targets_.clear();
  poller_.close();
}

void Dispatcher::run() {
  ::pthread_setname_np(::pthread_self(), "baton-dispatch");
  use_batch_scheduling();
  Poller::Event events[Poller::kBatch];
  int timeout_ms = -1;
  for (;;) {
    const int count = poller_.wait(events, timeout_ms);
    std::lock_guard<FairMutex> lock(mutex_);
    if (stopping_) return;
    for (int i = 0; i < count; ++i) {
      const Subject subject = events[i].subject;
      if (subject.kind == Subject::Kind::kListener) {
        const auto found = listeners_.find(subject.id);
        if (found != listeners_.end()) accept_one(*found->second);
      } else if (subject.kind == Subject::Kind::kTarget) {
        const auto found = targets_.find(subject.id);
        if (found != targets_.end()) on_target_event(*found->second, events[i]);
      }
    }
    if (retry_at_ns_ != 0 && monotonic_ns() >= retry_at_ns_) retry();
    timeout_ms = milliseconds_to_retry();
  }
}

// From a source to a target
// ------------------------------------------------------------------------------------------

// One connection an event: asking epoll whether there is another is cheaper than an accept4(2) that finds
// none, which has made a file, an inode and a descriptor before it looks.
void Dispatcher::accept_one(Listener& listener) {
  if (!listener.watched) return;  // paused by an event of the same batch
  Connection connection;
  int error = 0;
  switch (listener.accept(connection, error)) {
    case Listener::AcceptResult::kNothingYet:
      return;
    case Listener::AcceptResult::kFailed:
      ++totals_.accept_errors[error];
      return;
    case Listener::AcceptResult::kUnusable:
      ++totals_.accept_errors[error];
      listener.resting = true;
      watch(listener);
      return schedule_retry();
    case Listener::AcceptResult::kExhausted:
      ++totals_.accept_errors[error];
      return pause_accepting();
    case Listener::AcceptResult::kAccepted:
      break;
  }
  ++totals_.listeners[listener.label].accepted;
  if (deliver(listener, connection)) return;
  listener.waiting.push_back(std::move(connection));
  watch(listener);
}

// Offers the connection to the target that the policy chooses, to the next if that one has no room. The
// worker then has a duplicate, and the caller closes its own: held longer, it would hold back the FIN when
// the worker closes.
bool Dispatcher::deliver(Listener& listener, const Connection& connection) {
  for (;;) {
    candidates_.clear();
    candidate_targets_.clear();
    for (Target* target : listener.targets()) {
      if (!target->can_take()) continue;
      if (target->rest_if_fds_were_lost()) {
        schedule_retry();
        continue;
      }
      candidates_.push_back({target->slot, target->figures().connections});
      candidate_targets_.push_back(target);
    }
    if (candidates_.empty()) return false;
    Target& target = *candidate_targets_[choose(policy_, candidates_, listener.last_slot)];
    if (target.offer(connection.socket, listener.id, connection.accepted_at_ns)) {
      listener.last_slot = target.slot;
      return true;
    }
    watch(target);
  }
}

void Dispatcher::pump(Listener& listener) {
  while (!listener.waiting.empty() && deliver(listener, listener.waiting.front()))
    listener.waiting.pop_front();
  watch(listener);
}

void Dispatcher::pump_all() {
  for (auto& entry : listeners_) pump(*entry.second);
}

// Sources
// ------------------------------------------------------------------------------------------------------------

int Dispatcher::add_listener(uint32_t id, UniqueFd socket, std::string label) {
  std::lock_guard<FairMutex> lock(mutex_);
  if (listeners_.count(id) != 0) return EEXIST;
  totals_.listeners[label];
  listeners_.emplace(id, std::make_unique<Listener>(id, std::move(socket), std::move(label)));
  return 0;
}

void Dispatcher::remove_listener(uint32_t id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = listeners_.find(id);
  if (found == listeners_.end()) return;
  if (found->second->watched) poller_.remove(found->second->fd());
  totals_.dropped += found->second->waiting.size();
  listeners_.erase(found);
}

// A listener that nobody can take from is not watched: its connections wait in the kernel's queue, at no
// cost.
void Dispatcher::watch(Listener& listener) {
  const bool wanted =
      accept_paused_since_ns_ == 0 && !listener.resting && listener.waiting.empty() && listener.has_room();
  if (wanted == listener.watched) return;
  listener.watched = wanted;
  if (!wanted) {
    poller_.remove(listener.fd());
  } else if (poller_.add(listener.fd(), {Subject::Kind::kListener, listener.id}) != 0) {
    listener.watched = false;
    schedule_retry();
  }
}

// A worker that gives back is a source: its connection goes the way of an accepted one.
void Dispatcher::take_back(Target& target, const GivenBack& given, UniqueFd socket) {
  if (!target.take_back()) {
    ++totals_.records_refused;
    return;
  }
  const auto found = listeners_.find(given.listener);

  // Its listener was closed by all workers since, so nobody is left to answer; or it came without its socket,
  // for which this process had no room.
  if (found == listeners_.end() || !socket.valid() || !is_connection(socket)) {
    ++totals_.dropped;
    return;
  }
  found->second->waiting.push_back({std::move(socket), given.accepted_at_ns});
  pump(*found->second);
}

// Targets
// ------------------------------------------------------------------------------------------------------------

int Dispatcher::add_target(uint32_t id, uint32_t slot, Channel channel, Ledger ledger) {
  std::lock_guard<FairMutex> lock(mutex_);
  if (targets_.count(id) != 0) return EEXIST;
  if (const int error = poller_.add(channel.fd(), {Subject::Kind::kTarget, id})) return error;
  totals_.slots[slot];
  targets_.emplace(id, std::make_unique<Target>(id, slot, std::move(channel), std::move(ledger)));
  return 0;
}

int Dispatcher::serve(uint32_t target_id, uint32_t listener_id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto target = targets_.find(target_id);
  const auto listener = listeners_.find(listener_id);
  if (target == targets_.end() || listener == listeners_.end()) return ENOENT;
  listener->second->add_target(target->second.get());
  pump(*listener->second);
  return 0;
}

void Dispatcher::retire_target(uint32_t id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = targets_.find(id);
  if (found == targets_.end()) return;
  for (auto& entry : listeners_) {
    entry.second->remove_target(found->second.get());
    watch(*entry.second);
  }
}

int Dispatcher::send_control(uint32_t id, std::string_view payload, UniqueFd fd) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = targets_.find(id);
  if (found == targets_.end()) return EPIPE;
  const int error = found->second->send_control(payload, std::move(fd));
  watch(*found->second);
  return error;
}

void Dispatcher::watch(const Target& target) {
  const bool full = target.room() == Outbox::Room::kChannelFull;
  poller_.modify(target.channel().fd(), {Subject::Kind::kTarget, target.id}, full);
  if (target.room() == Outbox::Room::kRetryLater) schedule_retry();
}

void Dispatcher::on_target_event(Target& target, const Poller::Event& event) {
  if (event.writable) {
    target.flush();
    watch(target);
    pump_all();
  }
  if (event.readable) read_target(target);
}

void Dispatcher::read_target(Target& target) {
  for (int i = 0; i < kReadBatch; ++i) {
    Received received = target.channel().receive(buffer_);
    if (received.kind == Received::Kind::kNothingYet) return;
    if (received.kind == Received::Kind::kClosed) return lose_target(target);
    const auto decoded =
        received.kind == Received::Kind::kRecord ? decode(received.record) : DecodeError::kShort;
    if (const Message* message = std::get_if<Message>(&decoded)) {
      on_message(target, *message, std::move(received.fd));
    } else {
      ++totals_.records_refused;
    }
  }
}

void Dispatcher::on_message(Target& target, const Message& message, UniqueFd fd) {
  if (const auto* given = std::get_if<GivenBack>(&message)) {
    take_back(target, *given, std::move(fd));
  } else if (const auto* stopped = std::get_if<StoppedListening>(&message)) {
    const auto found = listeners_.find(stopped->listener);
    if (found != listeners_.end()) {
      found->second->remove_target(&target);
      watch(*found->second);
    }
    sink_(ListenerLeft{target.id, stopped->listener});
  } else if (const auto* text = std::get_if<ControlMessage>(&message)) {
    sink_(ControlArrived{target.id, std::string(text->payload)});
  } else {
    ++totals_.records_refused;  // Hello and Offered go the other way
  }
}

void Dispatcher::lose_target(Target& target) {
  poller_.remove(target.channel().fd());
  totals_.add_gone(target);
  for (auto& entry : listeners_) {
    entry.second->remove_target(&target);
    watch(*entry.second);
  }
  const uint32_t id = target.id;
  targets_.erase(id);
  sink_(TargetGone{id});
}

// What only time mends
// -----------------------------------------------------------------------------------------------

void Dispatcher::pause_accepting() {
  if (accept_paused_since_ns_ == 0) accept_paused_since_ns_ = monotonic_ns();
  for (auto& entry : listeners_) watch(*entry.second);
  schedule_retry();
}

// From any thread: the dispatcher's own may be asleep without a time limit.
void Dispatcher::schedule_retry() {
  if (retry_at_ns_ != 0) return;
  retry_at_ns_ = monotonic_ns() + kRetryNs;
  poller_.wake();
}

void Dispatcher::retry() {
  retry_at_ns_ = 0;
  if (accept_paused_since_ns_ != 0) {
    totals_.accept_paused_ns += monotonic_ns() - accept_paused_since_ns_;
    accept_paused_since_ns_ = 0;
  }
  for (auto& entry : listeners_) entry.second->resting = false;
  for (auto& entry : targets_) {
    if (entry.second->is_resting()) schedule_retry();
    if (entry.second->room() != Outbox::Room::kRetryLater) continue;
    entry.second->flush();
    watch(*entry.second);
  }
  pump_all();
}

int Dispatcher::milliseconds_to_retry() const {
  if (retry_at_ns_ == 0) return -1;
  const uint64_t now = monotonic_ns();
  return retry_at_ns_ <= now ? 0 : static_cast<int>((retry_at_ns_ - now) / 1'000'000) + 1;
}

Snapshot Dispatcher::snapshot() {
  std::lock_guard<FairMutex> lock(mutex_);
  Snapshot snapshot = totals_;
  for (const auto& entry : targets_) snapshot.add_live(*entry.second);
  for (const auto& entry : listeners_)
    snapshot.listeners[entry.second->label].waiting += entry.second->waiting.size();
  return snapshot;
}

}  // namespace baton

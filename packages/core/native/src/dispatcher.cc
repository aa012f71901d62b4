#include "dispatcher.h"

#include <pthread.h>
#include <sched.h>

#include <cerrno>

namespace baton {
namespace {

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

int Dispatcher::add_listener(uint32_t id, UniqueFd socket, std::string label) {
  std::lock_guard<FairMutex> lock(mutex_);
  if (listeners_.count(id) != 0) return EEXIST;
  uint64_t& accepted = totals_.listeners[label].accepted;
  listeners_.emplace(id, std::make_unique<Listener>(id, std::move(socket), std::move(label), accepted));
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

int Dispatcher::send_control(uint32_t id, std::string_view payload, UniqueFd fd) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = targets_.find(id);
  if (found == targets_.end()) return EPIPE;
  const int error = found->second->send_control(payload, std::move(fd));
  watch(*found->second);
  return error;
}

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

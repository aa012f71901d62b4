#include "dispatcher.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>

namespace baton {
namespace {

// Lack of fds, memory or in-flight room ends without an event. Short against a client's patience, long
// against spinning.
constexpr uint64_t kRetryNs = 20'000'000;

// Longer than the kernel's tick (timers before it cost a virtual machine dear), short for holding back a FIN.
constexpr uint64_t kPatienceNs = 5'000'000;

// So many turns in a row may end with news from a ledger. A worker that writes some without end keeps the
// thread from sleeping for no longer.
constexpr uint32_t kMostSleepless = 64;

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
  if (stopping_) return ECANCELED;
  if (const int error = poller_.open()) return error;
  reserve_fd();
  thread_ = std::thread([this] { run(); });
  return 0;
}

void Dispatcher::stop() {
  {
    std::lock_guard<FairMutex> lock(mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    poller_.wake();
    thread_.join();
  }
  reserve_.reset();
  for (auto& entry : targets_) {
    for (auto& listener : listeners_) release(*entry.second, *listener.second);
    take_back(*entry.second, false);
    totals_.add_gone(entry.second->slot, entry.second->last_figures(now_ns_));
  }
  targets_.clear();
  while (!listeners_.empty()) close_listener(listeners_.begin());
  poller_.close();
  closer_.finish();
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
    timeout_ms = turn(events, count);
  }
}

// One turn of the thread. Returns for how long to sleep at most, as epoll_wait(2) takes it.
int Dispatcher::turn(const Poller::Event* events, int count) {
  for (auto& entry : targets_) entry.second->look();
  now_ns_ = monotonic_ns();
  look_after_queues();
  for (auto& entry : targets_) entry.second->on_turn(now_ns_);
  settle_all();
  for (int i = 0; i < count; ++i) {
    const Subject subject = events[i].subject;
    if (subject.kind == Subject::Kind::kListeningSocket) {
      const auto found = sockets_.find(subject.id);
      if (found != sockets_.end()) on_socket_event(*found->second);
    } else if (subject.kind == Subject::Kind::kTarget) {
      const auto found = targets_.find(subject.id);
      if (found != targets_.end()) on_target_event(*found->second, events[i]);
    }
  }
  take_from_stalled();
  if (expire_at_ns_ != 0 && now_ns_ >= expire_at_ns_) expire();
  if (retry_at_ns_ != 0 && now_ns_ >= retry_at_ns_) retry();
  close_retired();
  for (auto& entry : listeners_) pump(*entry.second);
  watch_backlog();
  lose_unreachable();
  rebalance();
  closer_.flush(now_ns_);
  return milliseconds_to_sleep(count > 0);
}

// `had_events`: or else this turn came for want of any.
int Dispatcher::milliseconds_to_sleep(bool had_events) {
  if (had_events) sleepless_ = 0;
  uint64_t until_ns = StallWatch::kNever;
  const auto wait_for = [&](uint64_t at_ns) {
    if (at_ns != 0) until_ns = std::min(until_ns, at_ns);
  };
  // Whether a stalled worker that goes on would have something to do for the others.
  bool somebody_waits = false;
  for (const auto& [id, listener] : listeners_) {
    somebody_waits |= !listener->waiting.empty();
    if (listener->targets().empty()) continue;
    // A socket that nobody accepts from has connections in the kernel's queue, for all that is known.
    for (const auto& socket : listener->sockets) {
      somebody_waits |= !socket->is_held_well() && socket->watched != ListeningSocket::Watch::kAccept;
    }
  }
  bool keeps_copies = false;
  for (const auto& [id, target] : targets_) {
    somebody_waits |= target->is_stalled() && target->offers().open() > 0;
    keeps_copies |= target->offers().kept() > 0;
  }
  somebody_waits |= accept_paused_since_ns_ != 0;

  // Under load the next event is near and brings the thread by, so that for being rid of copies alone it does
  // not ask to be woken yet: that costs the worker a system call, and this thread a turn.
  const bool is_patient = had_events && keeps_copies && !somebody_waits;
  if (is_patient) wait_for(now_ns_ + kPatienceNs);

  for (auto& entry : targets_) {
    Target& target = *entry.second;
    if (!target.is_stalled()) wait_for(target.stall_deadline(now_ns_));
    if (is_patient) continue;
    uint32_t events = 0;
    // Also where nobody waits: else a stall would seem to last until this thread comes by.
    if (target.is_stalled()) events |= kOnTurn;
    if (somebody_waits) events |= kOnSettled | kOnVacancy;
    if (!target.ask_for_wake(events)) return ++sleepless_ > kMostSleepless ? 1 : 0;
    wait_for(target.rest_deadline());
    wait_for(target.offers().claimed_copies().deadline_ns());
  }
  wait_for(look_after_at_ns());
  if (take_back_later_) wait_for(now_ns_ + options_.stall_after_ns);
  wait_for(retry_at_ns_);
  wait_for(expire_at_ns_);
  wait_for(rebalancer_.look_at_ns());
  wait_for(settle_at_ns_);
  wait_for(closer_.look_at_ns());
  sleepless_ = 0;
  if (until_ns == StallWatch::kNever) return -1;
  return until_ns <= now_ns_ ? 0 : static_cast<int>((until_ns - now_ns_) / 1'000'000) + 1;
}

void Dispatcher::pause_accepting() {
  if (accept_paused_since_ns_ == 0) accept_paused_since_ns_ = now_ns_;
  for (auto& entry : listeners_) watch(*entry.second);
  schedule_retry();
}

void Dispatcher::resume_accepting() {
  if (accept_paused_since_ns_ == 0) return;
  totals_.accept_paused_ns += now_ns_ - accept_paused_since_ns_;
  accept_paused_since_ns_ = 0;
}

void Dispatcher::schedule_retry() {
  if (retry_at_ns_ != 0) return;
  retry_at_ns_ = monotonic_ns() + kRetryNs;
}

void Dispatcher::retry() {
  retry_at_ns_ = 0;
  resume_accepting();
  reserve_fd();
  for (auto& entry : sockets_) entry.second->resting = false;
  for (auto& entry : targets_) {
    if (entry.second->room() == Outbox::Room::kRetryLater) entry.second->flush();
    watch(*entry.second);  // it may be read again, if that was for want of an fd
  }
}

void Dispatcher::watch(const Target& target) {
  const bool full = target.room() == Outbox::Room::kChannelFull;
  poller_.modify(target.channel().fd(), {Subject::Kind::kTarget, target.id}, may_read(target), full);
  if (target.room() == Outbox::Room::kRetryLater) schedule_retry();
}

Snapshot Dispatcher::snapshot() {
  std::lock_guard<FairMutex> lock(mutex_);
  now_ns_ = monotonic_ns();
  settle_all();
  for (auto& entry : targets_) entry.second->held().count();
  // For whoever asks again, and wants to know whether they stand still.
  for (auto& entry : targets_) {
    if (!entry.second->probe(now_ns_)) watch(*entry.second);
  }
  Snapshot snapshot = totals_;
  for (const auto& [id, target] : targets_) snapshot.add_live(id, target->slot, target->figures(now_ns_));
  for (const auto& [id, listener] : listeners_) {
    ListenerFigures& figures = snapshot.listeners[listener->label];
    figures.waiting += listener->waiting.size();
    for (const auto& socket : listener->sockets) {
      if (const auto length = socket->queue_length()) figures.queued[socket->slot] += *length;
    }
  }
  // What was settled may have made room, or brought connections back.
  poller_.wake();
  return snapshot;
}

}  // namespace baton

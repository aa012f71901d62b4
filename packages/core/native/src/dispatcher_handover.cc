// The dispatcher's way of a connection: accept → choose → offer, and back.
#include "dispatcher.h"

namespace baton {
namespace {

// How many records one worker may send before the others have their turn.
constexpr int kReadBatch = 64;

}  // namespace

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
  ++listener.accepted;
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

}  // namespace baton

// The dispatcher's end of a worker's channel: from the worker's hello to its hang-up.
#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

#include "dispatcher.h"

namespace baton {
namespace {

// How many records one worker may send before the others have their turn.
constexpr int kReadBatch = 64;

// More than a channel holds: so much is read at a time of a worker that is gone, or that goes on sending
// though it cannot be told anything.
constexpr int kMostUnread = 4096;

}  // namespace

Result<UniqueFd> Dispatcher::add_target(uint32_t id, uint32_t slot) {
  using Added = Result<UniqueFd>;
  auto pair = Channel::make_pair();
  if (!pair.ok()) return Added::failure(pair.error);
  auto created = Ledger::create();
  if (!created.ok()) return Added::failure(created.error);
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return Added::failure(errno);

  auto& [ours, theirs] = pair.value;
  const auto hello = encode(HelloMessage{});
  if (const int error = ours.send({hello.data(), hello.size()}, created.value.memfd.get()))
    return Added::failure(error);
  const auto wake_message = encode(WakeMessage{});
  if (const int error = ours.send({wake_message.data(), wake_message.size()}, wake.get()))
    return Added::failure(error);

  std::lock_guard<FairMutex> lock(mutex_);
  if (stopping_) return Added::failure(ECANCELED);
  if (targets_.count(id) != 0) return Added::failure(EEXIST);
  if (const int error = poller_.add(ours.fd(), {Subject::Kind::kTarget, id})) return Added::failure(error);
  if (const int error = poller_.add_edge_triggered(wake.get(), {Subject::Kind::kSettled, id}))
    return Added::failure(error);  // `ours` closes, and with it its registration: nobody has a duplicate
  totals_.slots[slot];
  targets_.emplace(
      id, std::make_unique<Target>(id, slot, closer_, std::move(ours), std::move(created.value.ledger),
                                   std::move(wake), options_.most_open_offers, options_.stall_after_ns));
  return theirs.take_socket();
}

int Dispatcher::send_control(uint32_t id, std::string_view payload, UniqueFd fd) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = targets_.find(id);
  if (found == targets_.end()) return EPIPE;
  const int error = found->second->send_control(payload, std::move(fd));
  watch(*found->second);
  poller_.wake();  // it may have to try again later
  return error;
}

void Dispatcher::acknowledge(uint32_t id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = targets_.find(id);
  if (found == targets_.end()) return;
  if (found->second->on_acknowledged()) watch(*found->second);
}

void Dispatcher::on_target_event(Target& target, const Poller::Event& event) {
  if (event.writable) {
    target.flush();
    watch(target);
  }
  // What a worker that is gone has sent is no more than its channel holds.
  if (event.readable || event.hung_up) read_target(target, event.hung_up);
}

void Dispatcher::read_target(Target& target, bool to_the_end) {
  const uint32_t id = target.id;
  for (int i = 0; i < (to_the_end ? kMostUnread : kReadBatch); ++i) {
    if (!may_read(target) && !to_the_end) break;
    Received received = receive(target);
    if (received.kind == Received::Kind::kNothingYet) break;
    if (received.kind == Received::Kind::kClosed) {
      // An empty record, which reads as the end, may have some too.
      closer_.close(std::move(received.fd));
      closer_.close(std::move(received.surplus));
      return lose_target(target, true);
    }
    on_record(target, std::move(received));
    if (targets_.count(id) == 0) return;
  }
  if (!may_read(target)) watch(target);
}

// What came with a record is never closed here. A worker that breaks the rules over and over is not believed
// any more; nor is one that sends more than a socket, since it may have each close wait.
void Dispatcher::on_record(Target& target, Received received) {
  SharedFd fd(std::move(received.fd), &closer_);
  const SharedFd surplus(std::move(received.surplus), &closer_);
  const bool is_liar = received.kind == Received::Kind::kRefused || (fd.valid() && !is_socket(fd.get()));
  const auto decoded = is_liar ? DecodeError::kValue : decode(received.record);
  const Message* message = std::get_if<Message>(&decoded);
  const uint32_t id = target.id;
  if (message != nullptr && on_message(target, *message, std::move(fd))) return;
  ++totals_.records_refused;
  // It may be gone by what it has sent.
  if (targets_.count(id) != 0 && (target.on_refused() || is_liar)) lose_target(target, false);
}

// False: a worker may not send this.
bool Dispatcher::on_message(Target& target, const Message& message, SharedFd fd) {
  if (const auto* given = std::get_if<GivenBack>(&message)) {
    if (target.may_give_back()) return on_given_back(target, *given, std::move(fd));
    lose_target(target, false);  // who would have it?
    return false;
  }
  if (const auto* stopped = std::get_if<StoppedAccepting>(&message))
    return on_stopped_accepting(target, stopped->listener, std::move(fd));
  if (fd.valid()) return false;  // nothing else that a worker sends carries one
  if (const auto* stopped = std::get_if<StoppedListening>(&message)) {
    const auto found = listeners_.find(stopped->listener);
    if (found != listeners_.end()) release(target, *found->second);
    target.on_told();
    sink_(ListenerLeft{target.id, stopped->listener});
    return true;
  }
  if (const auto* text = std::get_if<ControlMessage>(&message)) {
    target.on_told();
    sink_(ControlArrived{target.id, std::string(text->payload)});
    return true;
  }
  if (const auto* done = std::get_if<GiveBackDone>(&message)) {
    const auto obeyed = target.end_order(done->movable, now_ns_);
    if (obeyed && obeyed->ordered > 0) rebalancer_.on_done(target.id, *obeyed, now_ns_);
    return obeyed.has_value();
  }
  return false;
}

// From here on its connections come to it by offers alone. One that it has accepted too many is everybody's.
// False: it was not handed the socket, or has said so before.
bool Dispatcher::on_stopped_accepting(Target& target, uint32_t listener_id, SharedFd surplus) {
  if (!target.held().remove(listener_id)) return false;
  const auto found = listeners_.find(listener_id);
  if (found != listeners_.end()) {
    for (auto& socket : found->second->sockets) socket->remove_holder(&target);
  }
  GivenBack given;
  given.listener = listener_id;
  return !surplus.valid() || on_given_back(target, given, std::move(surplus));
}

// Those that cannot be sent anything any more: nobody may wait for them.
void Dispatcher::lose_unreachable() {
  for (auto next = targets_.begin(); next != targets_.end();) {
    const auto [id, target] = std::pair(next->first, next->second.get());
    ++next;
    if (target->room() != Outbox::Room::kGone) continue;
    read_target(*target, true);  // to its hang-up, if it has
    if (targets_.count(id) != 0) lose_target(*target, false);
  }
}

// `is_gone`: its process has ended or has hung up; else it is not believed any more.
void Dispatcher::lose_target(Target& target, bool is_gone) {
  // Before close(2): the worker has duplicates of all but its end of the channel.
  poller_.remove(target.channel().fd());
  poller_.remove(target.wake_fd());
  for (auto& entry : listeners_) release(target, *entry.second);
  take_back(target, is_gone);
  note_end(target);
  totals_.add_gone(target.slot, target.figures(now_ns_));
  const uint32_t id = target.id;
  targets_.erase(id);
  sink_(TargetGone{id});
}

}  // namespace baton

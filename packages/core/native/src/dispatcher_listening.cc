// Listeners, their sockets, and who accepts from those: the primary, or in listener handoff a worker, for
// which the primary covers while it is gone or stalled.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "dispatcher.h"

namespace baton {
namespace {

// How many labels of closed listeners stay in the figures: an app that listens again goes on counting.
constexpr size_t kMostClosedLabels = 32;

}  // namespace

int Dispatcher::add_listener(uint32_t id, uint32_t place, std::string label) {
  std::lock_guard<FairMutex> lock(mutex_);
  if (stopping_) return ECANCELED;
  if (listeners_.count(id) != 0) return EEXIST;
  closed_labels_.erase(std::remove(closed_labels_.begin(), closed_labels_.end(), label),
                       closed_labels_.end());
  uint64_t& accepted = totals_.listeners[label].accepted;
  listeners_.emplace(id, std::make_unique<Listener>(id, place, std::move(label), accepted));
  return 0;
}

int Dispatcher::add_socket(uint32_t id, uint32_t slot, UniqueFd fd, int backlog) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = listeners_.find(id);
  if (found == listeners_.end()) return ENOENT;
  if (const int error = start_listening(fd, backlog)) return error;
  Listener& listener = *found->second;
  if (const auto bound = inspect_socket(fd); bound.ok()) {
    listener.family = bound.value.family;
    listener.port = bound.value.port;
  }
  auto socket =
      std::make_unique<ListeningSocket>(++last_socket_id_, id, slot, std::move(fd), options_.stall_after_ns);
  sockets_.emplace(socket->id, socket.get());
  if (slot != ListeningSocket::kEverySlot) {
    listener.group.add(socket->fd());
    listener.group.steer();
  }
  listener.sockets.push_back(std::move(socket));
  poller_.wake();
  return 0;
}

int Dispatcher::keep_socket(uint32_t id, uint32_t slot) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = listeners_.find(id);
  ListeningSocket* socket = found == listeners_.end() ? nullptr : found->second->socket_of(slot);
  if (socket == nullptr) return ENOENT;
  if (socket->retire_at_ns == 0) return 0;
  socket->retire_at_ns = 0;
  found->second->group.set_wanted(socket->fd(), true);
  found->second->group.steer();
  return 0;
}

// Where steering fails, which it does not without another process's doing, what comes until the end is
// accepted all the same.
void Dispatcher::retire_socket(uint32_t id, uint32_t slot) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = listeners_.find(id);
  ListeningSocket* socket = found == listeners_.end() ? nullptr : found->second->socket_of(slot);
  if (socket == nullptr || socket->slot == ListeningSocket::kEverySlot) return;
  socket->retire_at_ns = monotonic_ns() + options_.retire_after_ns;
  found->second->group.set_wanted(socket->fd(), false);
  found->second->group.steer();
  poller_.wake();
}

void Dispatcher::retire_older(uint32_t id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = listeners_.find(id);
  if (found == listeners_.end()) return;
  const auto& sockets = found->second->sockets;
  for (const auto& socket : sockets) {
    const bool is_older = socket->slot == ListeningSocket::kEverySlot && socket != sockets.back();
    if (is_older) socket->retire_at_ns = monotonic_ns();
  }
  poller_.wake();
}

void Dispatcher::remove_listener(uint32_t id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto found = listeners_.find(id);
  if (found == listeners_.end()) return;
  close_listener(found);
  poller_.wake();  // there may be room for what draining workers have
}

void Dispatcher::close_listener(Listeners::iterator at) {
  Listener& listener = *at->second;
  for (auto& entry : targets_) release(*entry.second, listener);
  for (auto& socket : listener.sockets) {
    watch(*socket, ListeningSocket::Watch::kNo);
    sockets_.erase(socket->id);
  }
  for (Connection& connection : listener.waiting) drop(connection, DropReason::kListenerClosed);
  const std::string label = listener.label;
  listeners_.erase(at);
  on_label_closed(label);
}

// What the listeners have accepted that were closed first is counted under one label, so that figures do not
// grow with each that an app opens and closes, and their sum stays.
void Dispatcher::on_label_closed(const std::string& label) {
  const auto has_it = [&](const auto& entry) { return entry.second->label == label; };
  if (label == kClosedLabel || std::any_of(listeners_.begin(), listeners_.end(), has_it)) return;
  closed_labels_.push_back(label);
  if (closed_labels_.size() <= kMostClosedLabels) return;
  const auto oldest = totals_.listeners.find(closed_labels_.front());
  totals_.listeners[kClosedLabel].accepted += oldest->second.accepted;
  totals_.listeners.erase(oldest);
  closed_labels_.pop_front();
}

int Dispatcher::serve(uint32_t target_id, uint32_t listener_id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto target = targets_.find(target_id);
  const auto listener = listeners_.find(listener_id);
  if (target == targets_.end() || listener == listeners_.end()) return ENOENT;
  if (target->second->is_draining()) return ECANCELED;
  listener->second->add_target(target->second.get());
  poller_.wake();
  return 0;
}

int Dispatcher::hand_over(uint32_t target_id, uint32_t listener_id, uint32_t counter,
                          std::string_view payload) {
  UniqueFd duplicate;
  {
    std::lock_guard<FairMutex> lock(mutex_);
    const auto target = targets_.find(target_id);
    const auto listener = listeners_.find(listener_id);
    if (target == targets_.end() || listener == listeners_.end()) return ENOENT;
    const ListeningSocket* socket = listener->second->socket_of(target->second->slot);
    if (socket == nullptr) return ENOENT;
    duplicate = UniqueFd(::fcntl(socket->fd(), F_DUPFD_CLOEXEC, 0));
    if (!duplicate.valid()) return errno;
    target->second->held().on_handed_over(*socket, counter, listener->second->accepted);
  }
  return send_control(target_id, payload, std::move(duplicate));
}

void Dispatcher::hold(uint32_t target_id, uint32_t listener_id) {
  std::lock_guard<FairMutex> lock(mutex_);
  const auto target = targets_.find(target_id);
  const auto listener = listeners_.find(listener_id);
  if (target == targets_.end() || listener == listeners_.end()) return;
  if (target->second->is_draining()) return;
  // The one that it was handed: there may be a newer one by now.
  for (auto& socket : listener->second->sockets) {
    if (!target->second->held().hold(*socket)) continue;
    socket->add_holder(target->second.get());
    return poller_.wake();
  }
}

// The target serves the listener no more.
void Dispatcher::release(Target& target, Listener& listener) {
  listener.remove_target(&target);
  target.held().remove(listener.id);
  for (auto& socket : listener.sockets) socket->remove_holder(&target);
}

// A socket that nobody can take a connection from is not watched: they wait in the kernel's queue, at no
// cost. Nor is one that a worker accepts from, beyond what QueueWatch asks. Where that worker is stalled, it
// is worth accepting only for one that is not.
void Dispatcher::watch(Listener& listener) {
  const bool can_accept = accept_paused_since_ns_ == 0 && listener.waiting.empty() && has_room(listener);
  for (auto& socket : listener.sockets) {
    using Watch = ListeningSocket::Watch;
    if (socket->is_held_well()) {
      const bool wants_notice =
          socket->slot != ListeningSocket::kEverySlot && socket->queue_watch.wants_notice();
      watch(*socket, wants_notice ? Watch::kNotice : Watch::kNo);
    } else {
      const bool is_worth_it = socket->holders().empty() || has_well_room(listener);
      watch(*socket, can_accept && is_worth_it && !socket->resting ? Watch::kAccept : Watch::kNo);
    }
  }
}

void Dispatcher::watch(ListeningSocket& socket, ListeningSocket::Watch wanted) {
  using Watch = ListeningSocket::Watch;
  if (wanted == socket.watched) return;
  if (socket.watched != Watch::kNo) poller_.remove(socket.fd());
  socket.watched = wanted;
  if (wanted == Watch::kNo) return;
  const Subject subject{Subject::Kind::kListeningSocket, socket.id};
  const int error =
      wanted == Watch::kAccept ? poller_.add(socket.fd(), subject) : poller_.add_once(socket.fd(), subject);
  if (error == 0) return;
  socket.watched = Watch::kNo;
  schedule_retry();
}

void Dispatcher::on_socket_event(ListeningSocket& socket) {
  Listener& listener = *listeners_.at(socket.listener);
  if (socket.watched == ListeningSocket::Watch::kNotice) {
    watch(socket, ListeningSocket::Watch::kNo);
    if (!socket.holders().empty()) socket.queue_watch.on_notice(socket.holders().back()->phase(), now_ns_);
    return;
  }
  // The worker for which the primary covered may be back.
  if (socket.is_held_well()) return watch(listener);
  accept_some(listener, socket);
}

// Of sockets whose worker is well. One that is stalled is known to have turned by its phase.
void Dispatcher::look_after_queues() {
  for (auto& [id, socket] : sockets_) {
    if (socket->holders().empty() || now_ns_ < socket->queue_watch.look_at_ns()) continue;
    const Target& holder = *socket->holders().back();
    if (holder.is_stalled() && !holder.has_gone_on()) continue;
    socket->queue_watch.look(socket->queue_length().value_or(0) > 0, holder.phase(), now_ns_);
  }
}

// When to do so next, or to close a retired socket; QueueWatch::kNever: there is nothing to do.
uint64_t Dispatcher::look_after_at_ns() const {
  uint64_t next_ns = QueueWatch::kNever;
  for (const auto& [id, socket] : sockets_) {
    if (socket->is_held_well()) next_ns = std::min(next_ns, socket->queue_watch.look_at_ns());
    if (may_close(*socket)) next_ns = std::min(next_ns, socket->retire_at_ns);
  }
  return next_ns;
}

// Whether it is closed when its time has come. To end one for every slot would be an error of accept4(2) in
// whoever has a duplicate; what comes to that is few, since nobody finds it any more.
bool Dispatcher::may_close(const ListeningSocket& socket) const {
  if (socket.retire_at_ns == 0 || socket.slot != ListeningSocket::kEverySlot) return socket.retire_at_ns != 0;
  return std::none_of(targets_.begin(), targets_.end(),
                      [&](const auto& entry) { return entry.second->held().has(socket); });
}

// One of a group at a time. With the one that closes, the last of the group moves into its place, so that
// until the kernel is told anew it may choose one that is not wanted, if there is one: that must have its
// time after.
void Dispatcher::close_retired() {
  for (auto& entry : listeners_) {
    Listener& listener = *entry.second;
    const auto is_due = [this](const auto& socket) {
      return may_close(*socket) && now_ns_ >= socket->retire_at_ns;
    };
    // The newest first: most often it is the last of the group, and nothing moves.
    const auto found = std::find_if(listener.sockets.rbegin(), listener.sockets.rend(), is_due);
    if (found == listener.sockets.rend()) continue;
    ListeningSocket& socket = **found;
    for (auto& other : listener.sockets) {
      if (other->retire_at_ns != 0) other->retire_at_ns = now_ns_ + options_.retire_after_ns;
    }
    if (!empty_queue(listener, socket)) continue;
    for (Target* holder : std::vector(socket.holders())) release(*holder, listener);
    watch(socket, ListeningSocket::Watch::kNo);
    sockets_.erase(socket.id);
    const int fd = socket.fd();
    socket.stop_listening();
    listener.sockets.erase(std::next(found).base());
    listener.group.remove(fd);
    listener.group.steer();
  }
}

}  // namespace baton

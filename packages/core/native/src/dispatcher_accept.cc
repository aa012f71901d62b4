// How the dispatcher accepts.
#include <algorithm>

#include "dispatcher.h"

namespace baton {
namespace {

// Connections accepted after the first in one turn, before others have theirs.
constexpr uint32_t kMostAccepted = 15;

}  // namespace

// As many as the kernel says wait: that is cheaper to ask than an accept4(2) that finds none, which has made
// a file, an inode and a descriptor before it looks.
void Dispatcher::accept_some(Listener& listener, ListeningSocket& socket) {
  if (!accept_one(listener, socket)) return;
  for (uint32_t left = std::min(socket.queue_length().value_or(0), kMostAccepted); left > 0; --left) {
    if (!accept_one(listener, socket)) return;
  }
}

// False: there was none, or it could not be had.
bool Dispatcher::accept_one(Listener& listener, ListeningSocket& socket) {
  if (socket.watched != ListeningSocket::Watch::kAccept)
    return false;  // paused by an event of the same batch, or there is no room any more
  Connection connection;
  int error = 0;
  switch (socket.accept(connection, closer_, options_.policy == Policy::kSticky, error)) {
    case ListeningSocket::AcceptResult::kNothingYet:
      return false;
    case ListeningSocket::AcceptResult::kFailed:
      ++totals_.accept_errors[error];
      return false;
    case ListeningSocket::AcceptResult::kUnusable:
      ++totals_.accept_errors[error];
      socket.resting = true;
      watch(listener);
      schedule_retry();
      return false;
    case ListeningSocket::AcceptResult::kExhausted:
      ++totals_.accept_errors[error];
      on_exhausted();
      return false;
    case ListeningSocket::AcceptResult::kAccepted:
      break;
  }
  ++listener.accepted;
  expire_later(connection);
  if (!deliver(connection, listener)) listener.waiting.push_back(std::move(connection));
  watch(listener);
  return true;
}

// Copies that could be done without go first.
void Dispatcher::on_exhausted() {
  size_t freed = 0;
  for (auto& entry : targets_) freed += entry.second->offers().claimed_copies().let_all_go();
  if (freed == 0) pause_accepting();
}

// What has come to a socket that is about to be closed, room or not: else it would be reset. False: some is
// left, for want of fds.
bool Dispatcher::empty_queue(Listener& listener, ListeningSocket& socket) {
  for (;;) {
    Connection connection;
    int error = 0;
    switch (socket.accept(connection, closer_, options_.policy == Policy::kSticky, error)) {
      case ListeningSocket::AcceptResult::kAccepted:
        ++listener.accepted;
        wait_or_drop(std::move(connection));
        break;
      case ListeningSocket::AcceptResult::kFailed:
        ++totals_.accept_errors[error];
        break;
      case ListeningSocket::AcceptResult::kNothingYet:
        return true;
      case ListeningSocket::AcceptResult::kExhausted:
      case ListeningSocket::AcceptResult::kUnusable:
        ++totals_.accept_errors[error];
        return false;
    }
  }
}

}  // namespace baton

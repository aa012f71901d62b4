#include "listener.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace baton {
namespace {

// A connection that failed while it waited in the queue (accept(2), "Error handling"): the listener itself is
// well.
bool is_failed_connection(int error) {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Listener::AcceptResult Listener::accept(Connection& connection, int& error) {
  int fd;
  do {
    fd = ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) {
    connection = {UniqueFd(fd), monotonic_ns()};
    failures_ = 0;
    return AcceptResult::kAccepted;
  }
  error = errno;
  if (error == EAGAIN) return AcceptResult::kNothingYet;
  if (is_exhaustion(error)) return AcceptResult::kExhausted;
  if (is_failed_connection(error) && ++failures_ < kMostFailures) return AcceptResult::kFailed;
  failures_ = 0;
  return AcceptResult::kUnusable;
}

void Listener::add_target(Target* target) {
  if (std::find(targets_.begin(), targets_.end(), target) != targets_.end()) return;
  const auto by_slot = [](const Target* a, const Target* b) { return a->slot < b->slot; };
  targets_.insert(std::upper_bound(targets_.begin(), targets_.end(), target, by_slot), target);
}

void Listener::remove_target(Target* target) {
  targets_.erase(std::remove(targets_.begin(), targets_.end(), target), targets_.end());
}

bool Listener::has_room() const {
  return std::any_of(targets_.begin(), targets_.end(),
                     [](const Target* target) { return target->can_take(); });
}

}  // namespace baton

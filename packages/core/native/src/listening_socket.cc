#include "listening_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "target.h"
#include "tcp.h"

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

ListeningSocket::AcceptResult ListeningSocket::accept(Connection& connection, Closer& closer,
                                                      bool with_client, int& error) {
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  sockaddr* const address = with_client ? reinterpret_cast<sockaddr*>(&peer) : nullptr;
  int fd;
  do {
    fd = ::accept4(socket_.get(), address, with_client ? &size : nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) {
    connection = {SharedFd(UniqueFd(fd), &closer), monotonic_ns(), with_client ? client_hash(peer) : 0,
                  listener};
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

std::optional<uint32_t> ListeningSocket::queue_length() const {
  // Of a listening socket, tcpi_unacked is its accept queue (net/ipv4/tcp.c, tcp_get_info).
  return TcpInfo(socket_.get()).get(&tcp_info::tcpi_unacked);
}

// shutdown(2) takes a listening socket back to where it was before listen(2) (net/ipv4/af_inet.c,
// inet_shutdown).
void ListeningSocket::stop_listening() { ::shutdown(socket_.get(), SHUT_RD); }

void ListeningSocket::add_holder(Target* target) {
  remove_holder(target);
  if (slot != kEverySlot) {
    for (Target* before : holders_) before->held().on_taken_over(listener);
    holders_.clear();
  }
  holders_.push_back(target);
  queue_watch.reset();
}

void ListeningSocket::remove_holder(const Target* target) {
  holders_.erase(std::remove(holders_.begin(), holders_.end(), target), holders_.end());
}

bool ListeningSocket::is_held_well() const {
  return std::any_of(holders_.begin(), holders_.end(),
                     [](const Target* target) { return !target->is_stalled(); });
}

}  // namespace baton

#include "channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace baton {
namespace {

// One fd a message. The padding of a cmsg leaves room for a second one, so a liar's surplus can arrive
// without MSG_CTRUNC and must be counted.
constexpr size_t kControlSize = CMSG_SPACE(sizeof(int));
constexpr size_t kMostFds = (kControlSize - sizeof(cmsghdr)) / sizeof(int);
static_assert(kMostFds == 2, "Received has room for as many");

// musl's CMSG_NXTHDR compares a length with a difference of pointers.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"

// Takes ownership of every fd of the message before anything else is checked, so that no error leaks one.
size_t collect_fds(msghdr& message, UniqueFd (&fds)[kMostFds]) {
  size_t count = 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const size_t in_header = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < in_header && count < kMostFds; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      fds[count++].reset(fd);
    }
  }
  return count;
}

#pragma GCC diagnostic pop

}  // namespace

bool is_back_pressure(int error) {
  return error == EAGAIN || error == ENOBUFS || error == ETOOMANYREFS || error == ENOMEM;
}

Result<std::pair<Channel, Channel>> Channel::make_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return Result<std::pair<Channel, Channel>>::failure(errno);
  }
  return std::pair(Channel(UniqueFd(ends[0])), Channel(UniqueFd(ends[1])));
}

int Channel::send(std::string_view record, int fd) const {
  // An empty record would read as the end of the stream.
  if (record.empty() || record.size() > kMaxRecord) return EMSGSIZE;
  iovec part{const_cast<char*>(record.data()), record.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[kControlSize] = {};
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

Received Channel::receive(RecordBuffer& buffer) const { return read(buffer, 0); }

Received Channel::receive_warily(RecordBuffer& buffer) const {
  Received received = read(buffer, MSG_PEEK);
  if (received.kind != Received::Kind::kRecord) return received;
  char first;
  iovec part{&first, sizeof first};
  msghdr without_fds{};
  without_fds.msg_iov = &part;
  without_fds.msg_iovlen = 1;
  ssize_t size;
  do {
    size = ::recvmsg(socket_.get(), &without_fds, MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  return received;
}

Received Channel::read(RecordBuffer& buffer, int flags) const {
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) char control[kControlSize];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t size;
  do {
    size = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT | flags);
    // A peer that died with unread records leaves ECONNRESET, reported once, before what it had sent
    // (unix(7)).
  } while (size < 0 && (errno == EINTR || errno == ECONNRESET));

  Received received;
  if (size < 0) {
    received.kind = errno == EAGAIN ? Received::Kind::kNothingYet : Received::Kind::kClosed;
    return received;
  }
  UniqueFd fds[kMostFds];
  const size_t fd_count = collect_fds(message, fds);
  received.fd = std::move(fds[0]);
  received.surplus = std::move(fds[1]);
  if (size == 0) {
    // No record of ours is empty, so this is the end of the stream. (A peer that sends an empty record ends
    // it too.)
    received.kind = Received::Kind::kClosed;
    return received;
  }
  // One fd, and not all: there were more.
  const bool had_more = fd_count == 1 && (message.msg_flags & MSG_CTRUNC) != 0;
  if (fd_count > 1 || had_more || (message.msg_flags & MSG_TRUNC) != 0) {
    received.kind = Received::Kind::kRefused;
    return received;
  }
  received.kind = Received::Kind::kRecord;
  received.record = std::string_view(buffer.data(), static_cast<size_t>(size));
  return received;
}

}  // namespace baton

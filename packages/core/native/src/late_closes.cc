#include "late_closes.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "tcp.h"

namespace baton {
namespace {

// As many as the primary has copies of (ClaimedCopies).
constexpr size_t kMost = 64;

// Fds that are left to the app.
constexpr rlim_t kReserve = 128;

bool has_sent_fin(int fd) {
  switch (TcpInfo(fd).get(&tcp_info::tcpi_state).value_or(kTcpEstablished)) {
    case kTcpFinWait1:
    case kTcpFinWait2:
    case kTcpClose:
    case kTcpLastAck:
    case kTcpClosing:
      return true;
    default:
      return false;
  }
}

// Whether an fd of this number leaves the reserve: the kernel gives the lowest that is free.
bool is_low(int fd) {
  rlimit limit;
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && static_cast<rlim_t>(fd) + kReserve < limit.rlim_cur;
}

}  // namespace

void LateCloses::keep(int fd, uint64_t done) {
  if (waiting_.size() == kMost || !has_sent_fin(fd)) return;
  UniqueFd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (duplicate.valid() && is_low(duplicate.get())) waiting_.push_back({done, std::move(duplicate)});
}

void LateCloses::let_go(uint64_t released) {
  while (!waiting_.empty() && waiting_.front().done <= released) waiting_.pop_front();
}

}  // namespace baton

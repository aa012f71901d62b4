#include "late_closes.h"

#include <fcntl.h>

#include "tcp.h"

namespace baton {
namespace {

// As many as the primary has copies of (ClaimedCopies).
constexpr size_t kMost = 64;

bool has_sent_fin(int fd) {
  tcp_info info;
  return read_tcp_info(fd, info) != 0 && info.tcpi_state != kTcpEstablished &&
         info.tcpi_state != kTcpCloseWait;
}

}  // namespace

void LateCloses::keep(int fd, uint64_t done) {
  if (waiting_.size() == kMost || !has_sent_fin(fd)) return;
  UniqueFd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (duplicate.valid()) waiting_.push_back({done, std::move(duplicate)});
}

void LateCloses::let_go(uint64_t released) {
  while (!waiting_.empty() && waiting_.front().done <= released) waiting_.pop_front();
}

}  // namespace baton

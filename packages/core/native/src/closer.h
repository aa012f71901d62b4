#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "unique_fd.h"

namespace baton {

// Closes, on threads of its own, descriptors of which workers have had duplicates. close(2) may wait there
// for as long as a worker likes: for bytes that nobody reads (SO_LINGER of socket(7), which O_NONBLOCK does
// not change), for a file system (a file on FUSE), for what is under way in a Unix socket. Whoever shares the
// descriptor can set it so at any time, so that looking before closing is not enough.
//
// One thread does for all while each close takes no time; where one stands still, another goes on.
//
// Used under the dispatcher's lock.
class Closer {
 public:
  Closer();
  ~Closer() { finish(); }
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;

  // Closes it once flush() is called: what one turn of the dispatcher is rid of wakes a thread once.
  void close(UniqueFd fd);
  void flush(uint64_t now_ns);
  // When to call flush() again, for what waits behind a close that stands still; 0: nothing does.
  uint64_t look_at_ns() const;
  // Waits for a moment until all are closed. What is not by then is left to its thread, or to the end of the
  // process, which waits for no peer (net/ipv4/af_inet.c, inet_release).
  void finish();

 private:
  struct Work;
  static void* run(void* work);
  void start_thread();

  std::vector<UniqueFd> closing_;     // since the last flush
  const std::shared_ptr<Work> work_;  // the threads', which may outlive this
};

// The owner of a descriptor of which workers have had duplicates. Without a closer it is closed on the spot.
class SharedFd {
 public:
  SharedFd() = default;
  SharedFd(UniqueFd fd, Closer* closer) : fd_(std::move(fd)), closer_(closer) {}
  SharedFd(SharedFd&&) noexcept = default;
  SharedFd& operator=(SharedFd&& other) noexcept {
    reset();
    fd_ = std::move(other.fd_);
    closer_ = other.closer_;
    return *this;
  }
  ~SharedFd() { reset(); }

  int get() const { return fd_.get(); }
  bool valid() const { return fd_.valid(); }
  void reset() {
    if (closer_ != nullptr && fd_.valid()) closer_->close(std::move(fd_));
    fd_.reset();
  }

 private:
  UniqueFd fd_;
  Closer* closer_ = nullptr;
};

}  // namespace baton

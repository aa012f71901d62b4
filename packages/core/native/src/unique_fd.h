#pragma once

#include <unistd.h>

#include <utility>

namespace baton {

// The one owner of a file descriptor. Whoever holds a UniqueFd closes it; a raw int is only ever borrowed.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

  // Gives up ownership: the caller must close what is returned.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  // close(2) is never retried: on Linux the descriptor is gone even when it reports EINTR.
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// An owner closes itself; closing it by hand does not compile.
int close(const UniqueFd&) = delete;

}  // namespace baton

#include "closer.h"

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "ledger.h"
#include "socket_option.h"

namespace baton {
namespace {

// A close that takes longer than this stands still: those behind it go to another thread.
constexpr uint64_t kPatienceNs = 10'000'000;
// Threads, most of which stand still then. Beyond that the others wait.
constexpr size_t kMostThreads = 64;
// How long the end waits for closes that have not come to theirs.
constexpr auto kFarewell = std::chrono::milliseconds(100);

// A worker may set it again in between: then this thread waits. A linger time of 0 stays, by which the close
// is a reset.
void do_not_linger(const UniqueFd& fd) {
  const auto found = get_socket_option<linger>(fd.get(), SOL_SOCKET, SO_LINGER);
  if (!found.ok() || found.value.l_onoff == 0 || found.value.l_linger == 0) return;
  const linger none{};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

}  // namespace

struct Closer::Work {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<UniqueFd> waiting;
  uint64_t taken_at_ns = 0;  // when a thread took one of them last
  size_t threads = 0;
  size_t idle = 0;  // of the threads
  bool is_over = false;
};

Closer::Closer() : work_(std::make_shared<Work>()) {}

void* Closer::run(void* argument) {
  const std::unique_ptr<std::shared_ptr<Work>> owned(static_cast<std::shared_ptr<Work>*>(argument));
  Work& work = **owned;
  ::pthread_setname_np(::pthread_self(), "baton-close");
  std::unique_lock<std::mutex> lock(work.mutex);
  for (;;) {
    if (work.waiting.empty()) {
      if (work.is_over || work.idle > 0) break;  // another thread is there for the next
      ++work.idle;
      work.changed.wait(lock);
      --work.idle;
      continue;
    }
    UniqueFd fd = std::move(work.waiting.front());
    work.waiting.pop_front();
    work.taken_at_ns = monotonic_ns();
    lock.unlock();
    do_not_linger(fd);
    fd.reset();
    lock.lock();
  }
  --work.threads;
  work.changed.notify_all();
  return nullptr;
}

// Detached: nobody waits for one that stands still. Where there can be no more threads, those that there are
// go on, and flush() tries again.
void Closer::start_thread() {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto work = std::make_unique<std::shared_ptr<Work>>(work_);
  pthread_t thread;
  if (::pthread_create(&thread, &attributes, run, work.get()) == 0) {
    (void)work.release();
    ++work_->threads;
  }
  ::pthread_attr_destroy(&attributes);
}

void Closer::close(UniqueFd fd) {
  if (fd.valid()) closing_.push_back(std::move(fd));
}

void Closer::flush(uint64_t now_ns) {
  const std::lock_guard<std::mutex> lock(work_->mutex);
  for (UniqueFd& fd : closing_) work_->waiting.push_back(std::move(fd));
  closing_.clear();
  if (work_->waiting.empty()) return;
  if (work_->idle > 0) {
    work_->changed.notify_one();
  } else if (work_->threads == 0 ||
             (work_->threads < kMostThreads && now_ns >= work_->taken_at_ns + kPatienceNs)) {
    start_thread();
  }
}

// Those that idle threads are about to take have nobody before them.
uint64_t Closer::look_at_ns() const {
  const std::lock_guard<std::mutex> lock(work_->mutex);
  if (work_->waiting.size() <= work_->idle || work_->threads >= kMostThreads) return 0;
  return std::max(work_->taken_at_ns, monotonic_ns()) + kPatienceNs;
}

void Closer::finish() {
  flush(monotonic_ns());
  std::unique_lock<std::mutex> lock(work_->mutex);
  work_->is_over = true;
  work_->changed.notify_all();
  work_->changed.wait_for(lock, kFarewell, [this] { return work_->threads == 0; });
}

}  // namespace baton

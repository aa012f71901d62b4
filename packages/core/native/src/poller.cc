#include "poller.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>

namespace baton {

int Poller::control(int operation, int fd, uint32_t events, Subject subject) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = static_cast<uint64_t>(subject.kind) << 32 | subject.id;
  return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0 ? 0 : errno;
}

int Poller::open() {
  epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) return errno;
  wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.valid()) return errno;
  return add(wake_.get(), {});
}

int Poller::add(int fd, Subject subject) { return control(EPOLL_CTL_ADD, fd, EPOLLIN, subject); }

int Poller::add_once(int fd, Subject subject) {
  return control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, subject);
}

int Poller::add_edge_triggered(int fd, Subject subject) {
  return control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, subject);
}

int Poller::modify(int fd, Subject subject, bool for_reading, bool for_writing) {
  return control(EPOLL_CTL_MOD, fd, (for_reading ? EPOLLIN : 0u) | (for_writing ? EPOLLOUT : 0u), subject);
}

void Poller::remove(int fd) { control(EPOLL_CTL_DEL, fd, 0, {}); }

int Poller::wait(Event (&events)[kBatch], int timeout_ms) {
  epoll_event ready[kBatch];
  const int count = ::epoll_wait(epoll_.get(), ready, kBatch, timeout_ms);
  for (int i = 0; i < count; ++i) {
    const uint64_t data = ready[i].data.u64;
    const Subject subject{static_cast<Subject::Kind>(data >> 32), static_cast<uint32_t>(data)};
    const uint32_t what = ready[i].events;
    events[i] = {subject, (what & EPOLLIN) != 0, (what & EPOLLOUT) != 0, (what & (EPOLLHUP | EPOLLERR)) != 0};
    if (subject.kind == Subject::Kind::kWake) {
      eventfd_t value;
      ::eventfd_read(wake_.get(), &value);
    }
  }
  return count < 0 ? 0 : count;
}

void Poller::wake() { ::eventfd_write(wake_.get(), 1); }

void Poller::close() {
  epoll_.reset();
  wake_.reset();
}

}  // namespace baton

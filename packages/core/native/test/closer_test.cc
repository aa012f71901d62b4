#include "closer.h"

#include <poll.h>

#include <thread>

#include "check.h"
#include "ledger.h"
#include "tcp_pair.h"

using namespace baton;

namespace {

constexpr uint64_t kMillisecond = 1'000'000;

// Whether the other end is closed, as soon as it is.
bool is_closed(const UniqueFd& end, int wait_ms = 2000) {
  pollfd hung_up{end.get(), POLLRDHUP, 0};
  return ::poll(&hung_up, 1, wait_ms) == 1;
}

// One end, and the other in a closer's hands.
UniqueFd give_one(Closer& closer) {
  auto pair = Channel::make_pair();
  closer.close(pair.value.second.take_socket());
  return pair.value.first.take_socket();
}

}  // namespace

TEST(closer_closes_what_it_is_given_when_it_is_flushed) {
  Closer closer;
  const UniqueFd one = give_one(closer), two = give_one(closer);
  CHECK(!is_closed(one, 0));
  closer.flush(monotonic_ns());
  CHECK(is_closed(one) && is_closed(two));
  const UniqueFd three = give_one(closer);
  closer.finish();
  CHECK(is_closed(three, 0));
}

TEST(closer_does_not_wait_for_unsent_bytes) {
  Closer closer;
  Pair pair = connect_pair();
  linger_for(pair.worker.get(), 60);
  pair.worker.reset();
  {
    const SharedFd last(UniqueFd(::fcntl(pair.primary.socket.get(), F_DUPFD_CLOEXEC, 0)), &closer);
    pair.primary.socket.reset();
  }
  const uint64_t before_ns = monotonic_ns();
  closer.finish();
  CHECK(monotonic_ns() - before_ns < 80 * kMillisecond);
}

TEST(closer_leaves_a_reset_as_it_is) {
  Closer closer;
  Pair pair = connect_pair();
  const linger at_once{1, 0};
  ::setsockopt(pair.worker.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  pair.worker.reset();
  closer.close(UniqueFd(::fcntl(pair.primary.socket.get(), F_DUPFD_CLOEXEC, 0)));
  pair.primary.socket.reset();
  closer.finish();
  char byte;
  CHECK(::recv(pair.client.get(), &byte, 1, 0) == -1 && errno == ECONNRESET);
}

TEST(closer_goes_on_with_the_others_while_one_stands_still) {
  Closer closer;
  constexpr size_t kTraps = 3;
  std::vector<Trap> traps;
  for (size_t i = 0; i < kTraps; ++i) traps.push_back(make_trap());
  for (Trap& trap : traps) closer.close(std::move(trap.socket));
  const UniqueFd behind = give_one(closer);
  const uint64_t before_ns = monotonic_ns();
  closer.flush(before_ns);
  CHECK(monotonic_ns() - before_ns < 50 * kMillisecond);
  // As the dispatcher does it.
  for (size_t i = 0; i < 500 && !is_closed(behind, 0); ++i) {
    const uint64_t now_ns = monotonic_ns(), look_at_ns = closer.look_at_ns();
    if (look_at_ns > now_ns) std::this_thread::sleep_for(std::chrono::nanoseconds(look_at_ns - now_ns));
    closer.flush(monotonic_ns());
  }
  CHECK(is_closed(behind, 0));
  // Nor does the end wait for them.
  const uint64_t ends_ns = monotonic_ns();
  closer.finish();
  CHECK(monotonic_ns() - ends_ns < 1000 * kMillisecond);
  for (Trap& trap : traps) reset_connection(trap.client);
}

#include "hang_up_watch.h"

#include <condition_variable>
#include <mutex>

#include "channel.h"
#include "check.h"

using namespace baton;

namespace {

struct Fixture {
  std::mutex mutex;
  std::condition_variable changed;
  bool was_blocked = false;
  std::pair<Channel, Channel> ends = std::move(Channel::make_pair().value);

  std::function<void()> on_blocked() {
    return [this] {
      const std::lock_guard<std::mutex> lock(mutex);
      was_blocked = true;
      changed.notify_all();
    };
  }
  // Waits for it, so long at most.
  bool is_blocked(int ms) {
    std::unique_lock<std::mutex> lock(mutex);
    return changed.wait_for(lock, std::chrono::milliseconds(ms), [&] { return was_blocked; });
  }
};

}  // namespace

TEST(hang_up_watch_ends_a_loop_that_has_not_turned_since) {
  Fixture f;
  HangUpWatch watch(f.ends.first.fd(), 50, f.on_blocked());
  watch.on_turn();
  // However long it stands still while the primary is there, that is not for this to judge.
  CHECK(!f.is_blocked(150));
  f.ends.second.close();
  CHECK(f.is_blocked(5000));
}

TEST(hang_up_watch_leaves_a_loop_alone_that_turns) {
  Fixture f;
  HangUpWatch watch(f.ends.first.fd(), 100, f.on_blocked());
  // What the primary has sent is still there to be read.
  CHECK(f.ends.second.send("last", -1) == 0);
  f.ends.second.close();
  for (int i = 0; i < 60; ++i) {
    watch.on_turn();
    CHECK(!f.is_blocked(5));
  }
  // It has not dealt with the hang-up yet.
  CHECK(f.is_blocked(5000));
}

TEST(hang_up_watch_ends_with_whoever_deals_with_the_hang_up) {
  Fixture f;
  {
    HangUpWatch watch(f.ends.first.fd(), 200, f.on_blocked());
    f.ends.second.close();
  }
  CHECK(!f.is_blocked(300));
  // And before there is one.
  HangUpWatch watch(f.ends.first.fd(), 20, f.on_blocked());
}

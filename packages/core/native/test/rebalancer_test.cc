#include "rebalancer.h"

#include "check.h"

using namespace baton;

namespace {

constexpr uint64_t kInterval = 100;

// Looks at shares that change only by its own orders, which are carried out at once.
struct Field {
  Rebalancer rebalancer{kInterval};
  std::vector<Share> shares;
  uint64_t now = 1000;
  size_t looks = 0;
  uint64_t moved = 0;

  explicit Field(const std::vector<uint64_t>& connections) {
    for (uint64_t count : connections) add(count);
  }
  void add(uint64_t connections) {
    shares.push_back({static_cast<uint32_t>(shares.size() + 1), connections, true, true, true});
  }

  Share& of(uint32_t target) { return shares[target - 1]; }

  // What is given goes to whoever has the fewest, as Dispatcher::choose_target has it.
  void carry_out(const Rebalancer::Order& order) {
    of(order.target).connections -= order.connections;
    moved += order.connections;
    for (uint32_t i = 0; i < order.connections; ++i) {
      Share* fewest = nullptr;
      for (Share& share : shares) {
        if (share.target == order.target || !share.can_take) continue;
        if (fewest == nullptr || share.connections < fewest->connections) fewest = &share;
      }
      ++fewest->connections;
    }
    rebalancer.on_done(order.target, order.connections, now);
  }

  std::vector<Rebalancer::Order> look() {
    ++looks;
    return rebalancer.look(shares, now);
  }

  // Until it needs no timer; false if it goes on for longer than that.
  bool comes_to_rest(size_t most_looks) {
    rebalancer.on_event();
    while (rebalancer.look_at_ns() != Rebalancer::kNever) {
      if (looks == most_looks) return false;
      now = std::max(now, rebalancer.look_at_ns());
      for (const auto& order : look()) carry_out(order);
    }
    return true;
  }
};

}  // namespace

TEST(rebalancer_leaves_even_shares_alone_and_sets_no_timer) {
  const std::vector<uint64_t> evens[] = {{}, {7}, {10, 10}, {10, 11}, {0, 1}, {100, 105, 101, 98}};
  for (const auto& even : evens) {
    Field field(even);
    CHECK(field.comes_to_rest(1));
    CHECK(field.moved == 0);
  }
}

TEST(rebalancer_brings_each_to_its_share_and_rests) {
  Field field({50, 50, 50, 50, 0, 0, 0, 0});
  CHECK(field.comes_to_rest(20));
  for (const Share& share : field.shares) CHECK(share.connections == 25);
  CHECK(field.moved == 100);
}

TEST(rebalancer_moves_many_in_several_orders) {
  Field field({1000, 0});
  CHECK(field.comes_to_rest(30));
  CHECK(field.of(1).connections == 500 && field.moved == 500);
}

TEST(rebalancer_helps_one_that_lacks_although_nobody_has_far_too_many) {
  Field field({52, 52, 52, 52, 52, 52, 52, 36});
  CHECK(field.comes_to_rest(20));
  for (const Share& share : field.shares) CHECK(share.connections >= 48 && share.connections <= 52);
  CHECK(field.moved > 0);
}

TEST(rebalancer_waits_for_a_third_look) {
  Field field({40, 0});
  CHECK(field.look().empty());
  CHECK(field.rebalancer.look_at_ns() == field.now + kInterval);
  CHECK(field.look().empty());
  const auto orders = field.look();
  CHECK(orders.size() == 1 && orders[0].target == 1 && orders[0].connections == 20);
}

TEST(rebalancer_does_not_chase_shares_that_go_up_and_down) {
  Field field({0, 0});
  for (int i = 0; i < 100; ++i) {
    field.of(1).connections = i % 2 == 0 ? 40 : 10;
    field.of(2).connections = i % 2 == 0 ? 10 : 40;
    CHECK(field.look().empty());
  }
}

TEST(rebalancer_orders_the_least_that_was_too_much) {
  Field field({60, 20});
  field.look();
  field.of(1).connections = 30;  // too much by 5
  field.look();
  field.of(1).connections = 60;
  const auto orders = field.look();
  CHECK(orders.size() == 1 && orders[0].connections == 5);
}

TEST(rebalancer_asks_nobody_who_cannot_give_and_counts_on_nobody_who_cannot_take) {
  Field field({40, 40, 0});
  field.of(1).can_give = false;
  field.of(3).can_take = false;
  for (int i = 0; i < 5; ++i) CHECK(field.look().empty());
  field.of(3).can_take = true;
  const auto orders = field.look();
  CHECK(orders.size() == 1 && orders[0].target == 2);
}

TEST(rebalancer_leaves_one_with_nothing_to_give_alone_for_longer_each_time) {
  Field field({500, 0});
  uint64_t before = 0;
  std::vector<uint64_t> pauses;
  for (int i = 0; i < 200 && pauses.size() < 7; ++i, field.now += kInterval) {
    if (field.look().empty()) continue;
    if (before != 0) pauses.push_back((field.now - before) / kInterval);
    before = field.now;
    field.rebalancer.on_done(1, 0, field.now);
  }
  CHECK((pauses == std::vector<uint64_t>{2, 4, 8, 16, 32, 50, 50}));
  // Its timer is that far away, too; but another worker that comes is given to at once.
  CHECK(field.look().empty());
  CHECK(field.rebalancer.look_at_ns() > field.now + 40 * kInterval);
  field.add(0);
  field.rebalancer.on_event();
  CHECK(field.rebalancer.look_at_ns() == field.now + kInterval);
  field.look(), field.look();
  CHECK(field.look().size() == 1);
}

TEST(rebalancer_forgets_what_was_little_long_ago) {
  Field field({1000, 0});
  field.look();
  field.of(1).connections = 4;  // too much by 2
  field.look();
  field.of(1).connections = 1000;
  CHECK(field.comes_to_rest(30));
  CHECK(field.of(1).connections == 500);
}

TEST(rebalancer_orders_no_more_than_others_take) {
  Field field({40, 40, 20, 28});  // the mean is 32
  field.of(3).can_take = false;
  field.look(), field.look();
  const auto orders = field.look();
  CHECK(orders.size() == 1 && orders[0].target == 1 && orders[0].connections == 4);
}

TEST(rebalancer_asks_first_what_could_move) {
  Field field({500, 10});
  field.of(1).is_known = field.of(2).is_known = false;
  field.look(), field.look();
  const auto questions = field.look();
  CHECK(questions.size() == 2 && questions[0].connections == 0 && questions[1].connections == 0);
  // 494 of them are WebSockets.
  field.of(1) = {1, 6, true, true, true};
  field.of(2).is_known = true;
  CHECK(field.comes_to_rest(10));
  CHECK(field.of(1).connections == 8);
}

TEST(rebalancer_has_no_timer_for_one_that_cannot_give) {
  Field field({40, 0});
  field.of(1).can_give = false;
  CHECK(field.comes_to_rest(1));
}

TEST(rebalancer_is_soon_back_at_one_that_has_given_again) {
  Field field({500, 0});
  field.look(), field.look();
  CHECK(field.look().size() == 1);
  field.rebalancer.on_done(1, 0, field.now);
  field.now += 2 * kInterval;
  CHECK(field.look().size() == 1);
  field.rebalancer.on_done(1, 1, field.now);
  CHECK(field.look().size() == 1);
  // The pause begins anew, and is as short as the first.
  field.rebalancer.on_done(1, 0, field.now);
  CHECK(field.look().empty());
  field.now += 2 * kInterval;
  CHECK(field.look().size() == 1);
}

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
    Share share;
    share.target = static_cast<uint32_t>(shares.size() + 1);
    share.connections = share.movable = connections;
    share.can_give = share.can_take = true;
    shares.push_back(share);
  }

  Share& of(uint32_t target) { return shares[target - 1]; }
  // So many, all of which could move.
  void set(uint32_t target, uint64_t connections) {
    of(target).connections = of(target).movable = connections;
  }
  void tell(uint32_t target, uint64_t movable) {
    of(target).movable = movable;
    of(target).told_at_ns = now;
    of(target).is_asked = false;
    of(target).can_give = true;
  }

  // What is given goes to whoever has the fewest, as Dispatcher::choose_target has it.
  void carry_out(const Rebalancer::Order& order) {
    if (order.connections == 0) return tell(order.target, of(order.target).movable);
    set(order.target, of(order.target).movable - order.connections);
    moved += order.connections;
    for (uint32_t i = 0; i < order.connections; ++i) {
      Share* fewest = nullptr;
      for (Share& share : shares) {
        if (share.target == order.target || !share.can_take) continue;
        if (fewest == nullptr || share.movable < fewest->movable) fewest = &share;
      }
      set(fewest->target, fewest->movable + 1);
    }
    rebalancer.on_done(order.target, {order.connections, order.connections}, now);
  }

  std::vector<Rebalancer::Order> look() {
    ++looks;
    return rebalancer.look(shares, now);
  }
  // The same where questions are answered at once.
  std::vector<Rebalancer::Order> look_for_orders() {
    auto orders = look();
    if (orders.empty() || orders[0].connections > 0) return orders;
    for (const auto& question : orders) carry_out(question);
    return look();
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

TEST(rebalancer_waits_for_a_third_look_and_asks_before_it_orders) {
  Field field({40, 0});
  CHECK(field.look().empty());
  CHECK(field.rebalancer.look_at_ns() == field.now + kInterval);
  CHECK(field.look().empty());
  const auto questions = field.look();
  CHECK(questions.size() == 2 && questions[0].connections == 0 && questions[1].connections == 0);
  for (const auto& question : questions) field.carry_out(question);
  const auto orders = field.look();
  CHECK(orders.size() == 1 && orders[0].target == 1 && orders[0].connections == 20);
}

TEST(rebalancer_does_not_chase_shares_that_go_up_and_down) {
  Field field({0, 0});
  for (int i = 0; i < 100; ++i) {
    field.set(1, i % 2 == 0 ? 40 : 10);
    field.set(2, i % 2 == 0 ? 10 : 40);
    CHECK(field.look().empty());
  }
}

// Many come and go in one, and nobody stays: it asks again for what it has heard, later each time, and no
// more.
TEST(rebalancer_orders_nothing_where_nothing_stays) {
  Field field({40, 4});
  field.of(1).movable = field.of(2).movable = 0;
  std::vector<uint64_t> asked_at;
  for (int i = 0; i < 200; ++i, field.now += kInterval) {
    const auto questions = field.look();
    if (questions.empty()) continue;
    for (const auto& question : questions) {
      CHECK(question.connections == 0);
      field.carry_out(question);
    }
    if (asked_at.empty() || field.now != asked_at.back()) asked_at.push_back(field.now);
  }
  std::vector<uint64_t> waits;
  for (size_t i = 1; i < asked_at.size(); ++i) waits.push_back((asked_at[i] - asked_at[i - 1]) / kInterval);
  // What is believed, and three looks.
  CHECK((waits == std::vector<uint64_t>{12, 22, 42, 52, 52}));
}

TEST(rebalancer_evens_out_those_that_stay_amid_those_that_come_and_go) {
  Field field({40, 0});
  for (int i = 0; i < 40; ++i, field.now += kInterval) {
    for (const auto& order : field.look()) field.carry_out(order);
    field.of(1).connections = field.of(1).movable + (i % 3) * 10;
    field.of(2).connections = field.of(2).movable + ((i + 1) % 3) * 10;
  }
  CHECK(field.of(1).movable == 20 && field.moved == 20);
}

TEST(rebalancer_waits_for_all_answers_but_for_none_of_one_that_stands_still) {
  Field field({40, 0});
  field.look(), field.look(), field.look();
  field.tell(1, 40);
  field.of(2).is_asked = true;
  field.of(2).can_give = false;
  CHECK(field.look().empty());
  // As Target::share() has it of a stalled one.
  field.of(2).is_asked = false;
  const auto orders = field.look();
  CHECK(orders.size() == 1 && orders[0].connections == 20);
}

TEST(rebalancer_asks_again_when_what_it_was_told_is_old_and_counts_are_uneven) {
  Field field({40, 40});
  field.set(1, 80);
  field.look(), field.look(), field.look();
  field.tell(1, 40);
  field.tell(2, 40);
  field.rebalancer.on_event();
  CHECK(field.look().empty());
  // Ten intervals after it was told.
  CHECK(field.rebalancer.look_at_ns() == field.now + 10 * kInterval);
  field.now += 10 * kInterval;
  field.of(1).movable = 80;
  field.look(), field.look();
  CHECK(field.look_for_orders().size() == 1);
}

TEST(rebalancer_forgets_what_could_not_move_where_workers_have_come_or_gone) {
  Field field({300, 300});
  for (Share& share : field.shares) {
    share.told_at_ns = field.now;
    share.immovable = 300;
    share.movable = 0;
  }
  CHECK(field.comes_to_rest(1));
  field.now += kInterval;
  field.shares[1].target = 3;
  field.shares[1].connections = field.shares[1].immovable = 0;
  field.look(), field.look();
  CHECK(field.look().size() == 2);
}

TEST(rebalancer_orders_the_least_that_was_too_much) {
  Field field({60, 20});
  field.look();
  field.set(1, 30);  // too much by 5
  field.look();
  field.set(1, 60);
  field.of(1).told_at_ns = field.of(2).told_at_ns = field.now;
  const auto orders = field.look();
  CHECK(orders.size() == 1 && orders[0].connections == 5);
}

TEST(rebalancer_asks_nobody_who_cannot_give_and_counts_on_nobody_who_cannot_take) {
  Field field({40, 40, 0});
  field.of(1).can_give = false;
  field.of(3).can_take = false;
  for (int i = 0; i < 5; ++i) CHECK(field.look().empty());
  field.of(3).can_take = true;
  const auto orders = field.look_for_orders();
  CHECK(orders.size() == 1 && orders[0].target == 2);
}

TEST(rebalancer_leaves_one_with_little_to_give_alone_for_longer_each_time) {
  Field field({500, 0});
  uint64_t before = 0;
  std::vector<uint64_t> pauses;
  for (int i = 0; i < 200 && pauses.size() < 7; ++i, field.now += kInterval) {
    field.of(1).told_at_ns = field.of(2).told_at_ns = field.now;
    if (field.look().empty()) continue;
    if (before != 0) pauses.push_back((field.now - before) / kInterval);
    before = field.now;
    field.rebalancer.on_done(1, {64, static_cast<uint32_t>(pauses.size()) % 2 * 31}, field.now);
  }
  CHECK((pauses == std::vector<uint64_t>{2, 4, 8, 16, 32, 50, 50}));
  // Its timer is that far away, too; but another worker that comes is given to at once.
  field.of(1).told_at_ns = field.of(2).told_at_ns = field.now + 100 * kInterval;
  CHECK(field.look().empty());
  CHECK(field.rebalancer.look_at_ns() > field.now + 40 * kInterval);
  field.add(0);
  field.rebalancer.on_event();
  CHECK(field.rebalancer.look_at_ns() == field.now + kInterval);
  field.look(), field.look();
  CHECK(field.look_for_orders().size() == 1);
}

TEST(rebalancer_forgets_what_was_little_long_ago) {
  Field field({1000, 0});
  field.look();
  field.set(1, 4);  // too much by 2
  field.look();
  field.set(1, 1000);
  CHECK(field.comes_to_rest(30));
  CHECK(field.of(1).connections == 500);
}

TEST(rebalancer_orders_no_more_than_others_take) {
  Field field({40, 40, 20, 28});  // the mean is 32
  field.of(3).can_take = false;
  field.look(), field.look();
  const auto orders = field.look_for_orders();
  CHECK(orders.size() == 1 && orders[0].target == 1 && orders[0].connections == 4);
}

TEST(rebalancer_has_no_timer_for_one_that_cannot_give) {
  Field field({40, 0});
  field.of(1).can_give = false;
  CHECK(field.comes_to_rest(1));
}

TEST(rebalancer_has_no_timer_where_nobody_can_take) {
  Field field({40, 0});
  field.of(2).can_take = false;
  CHECK(field.comes_to_rest(1));
}

TEST(rebalancer_is_soon_back_at_one_that_has_given_again) {
  Field field({500, 0});
  field.look(), field.look();
  CHECK(field.look_for_orders().size() == 1);
  field.rebalancer.on_done(1, {64, 0}, field.now);
  field.now += 2 * kInterval;
  CHECK(field.look().size() == 1);
  field.rebalancer.on_done(1, {64, 32}, field.now);
  CHECK(field.look().size() == 1);
  // The pause begins anew, and is as short as the first.
  field.rebalancer.on_done(1, {64, 0}, field.now);
  CHECK(field.look().empty());
  field.now += 2 * kInterval;
  CHECK(field.look().size() == 1);
}

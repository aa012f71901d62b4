// Workers that go on, and are ordered to give connections back.
#include "both_ends.h"
#include "check.h"
#include "give_back.h"

using namespace baton;

namespace {

DispatcherOptions quick(Policy policy) {
  DispatcherOptions options = Primary::with(policy);
  options.rebalance_every_ns = 2'000'000;
  options.settle_ns = 0;
  return options;
}

// Turns until the worker has been given that many orders.
bool read_orders(Worker& worker, size_t count, Worker* other = nullptr) {
  const uint64_t end_ns = monotonic_ns() + 10'000'000'000;
  while (worker.orders.size() < count && monotonic_ns() < end_ns) {
    worker.turn(5);
    if (other != nullptr) other->turn(5);
  }
  return worker.orders.size() == count;
}

bool has_connections(Primary& primary, uint32_t target, uint64_t count) {
  return primary.wait_until([&](const Snapshot& now) { return now.workers.at(target).connections == count; });
}

}  // namespace

TEST(rebalance_orders_the_one_above_its_share_to_give_to_the_one_below) {
  for (const Policy policy : {Policy::kLeastLoaded, Policy::kRoundRobin}) {
    Primary primary(quick(policy));
    auto full = primary.add_worker(1, 0);
    const auto clients = primary.connect_many(20);
    CHECK(full->read_connections(20));
    auto fresh = primary.add_worker(2, 1);
    CHECK(read_orders(*full, 1, fresh.get()));
    CHECK(full->orders[0].connections == 10 && full->orders[0].listeners == std::vector<uint32_t>{1});
    for (int i = 0; i < 10; ++i) CHECK(give_back_last(*full, 1, true) == 0);
    CHECK(full->end_order() == 0);
    CHECK(fresh->read_connections(10));
    CHECK(has_connections(primary, 1, 10) && has_connections(primary, 2, 10));
    const Snapshot snapshot = primary.dispatcher.snapshot();
    const SlotFigures& giver = snapshot.slots.at(0);
    CHECK(giver.rebalanced == 10 && giver.given_back == 10);
    CHECK(snapshot.slots.at(1).reclaimed == 10 && snapshot.slots.at(1).rebalanced == 0);
    CHECK(snapshot.records_refused == 0);
  }
}

TEST(rebalance_has_one_order_at_a_time_and_another_when_that_is_done) {
  Primary primary(quick(Policy::kLeastLoaded));
  auto full = primary.add_worker(1, 0);
  const auto clients = primary.connect_many(20);
  CHECK(full->read_connections(20));
  auto fresh = primary.add_worker(2, 1);
  CHECK(read_orders(*full, 1, fresh.get()));
  // It gives fewer than it was asked for, and there is no other order before it has said that this is all.
  for (int i = 0; i < 4; ++i) CHECK(give_back_last(*full, 1, true) == 0);
  CHECK(fresh->read_connections(4));
  CHECK(has_connections(primary, 1, 16) && has_connections(primary, 2, 4));
  for (int i = 0; i < 10; ++i) full->turn(2);
  CHECK(full->orders.size() == 1);
  CHECK(full->end_order() == 0);
  CHECK(read_orders(*full, 2, fresh.get()));
  CHECK(full->orders[1].connections == 6);
}

TEST(rebalance_ends_the_channel_of_a_worker_that_gives_back_what_nobody_has_ordered) {
  for (const bool beyond_its_order : {false, true}) {
    Primary primary(quick(Policy::kLeastLoaded));
    auto worker = primary.add_worker(1, 0);
    std::unique_ptr<Worker> fresh;
    const auto clients = primary.connect_many(6);
    CHECK(worker->read_connections(6));
    if (beyond_its_order) {
      fresh = primary.add_worker(2, 1);
      CHECK(read_orders(*worker, 1, fresh.get()));
      CHECK(worker->orders[0].connections == 3);
      for (int i = 0; i < 3; ++i) CHECK(give_back_last(*worker, 1, true) == 0);
      CHECK(fresh->read_connections(3));
    }
    CHECK(give_back_last(*worker, 1, true) == 0);
    CHECK(primary.wait_for<TargetGone>());
    CHECK(primary.dispatcher.snapshot().records_refused == 1);
  }
}

TEST(rebalance_refuses_the_end_of_an_order_that_nobody_gave) {
  Primary primary(quick(Policy::kLeastLoaded));
  auto worker = primary.add_worker(1, 0);
  CHECK(worker->end_order() == 0);
  CHECK(primary.wait_until([](const Snapshot& now) { return now.records_refused == 1; }));
}

TEST(rebalance_gives_a_connection_back_to_the_giver_only_if_nobody_else_has_room) {
  DispatcherOptions options = quick(Policy::kLeastLoaded);
  options.most_open_offers = 2;
  Primary primary(options);
  auto full = primary.add_worker(1, 0);
  const auto clients = primary.connect_many(10);
  CHECK(full->read_connections(10));
  auto fresh = primary.add_worker(2, 1);
  CHECK(read_orders(*full, 1, fresh.get()));
  CHECK(full->orders[0].connections == 5);
  for (int i = 0; i < 5; ++i) CHECK(give_back_last(*full, 1, true) == 0);
  // Two are on their way to the other, which does not read: it has no room for more.
  CHECK(primary.wait_until([](const Snapshot& now) { return now.slots.at(0).given_back == 5; }));
  CHECK(full->read_connections(8));
  CHECK(fresh->read_connections(2));
}

TEST(rebalance_moves_nothing_under_sticky_nor_where_it_is_off) {
  for (const Policy policy : {Policy::kSticky, Policy::kLeastLoaded}) {
    DispatcherOptions options = quick(policy);
    if (policy != Policy::kSticky) options.rebalance_every_ns = 0;
    Primary primary(options);
    auto full = primary.add_worker(1, 0);
    const auto clients = primary.connect_many(20);
    CHECK(full->read_connections(20));
    auto fresh = primary.add_worker(2, 1);
    for (int i = 0; i < 20; ++i) full->turn(2);
    CHECK(full->orders.empty());
  }
}

// In listener handoff a worker also gives what it has accepted by itself.
TEST(rebalance_counts_what_workers_accept_by_themselves) {
  Primary primary(quick(Policy::kLeastLoaded));
  auto full = primary.add_holder(1, 0);
  const auto clients = primary.connect_shared(8);
  CHECK(full->accept_own(Primary::kCounter) == 8);
  full->receiver->publish_own_connections(8);
  auto fresh = primary.add_holder(2, 1);
  CHECK(read_orders(*full, 1, fresh.get()));
  CHECK(full->orders[0].connections == 4 &&
        full->orders[0].listeners == std::vector<uint32_t>{Primary::kShared});
  CHECK(full->receiver->give_back(full->connections.back().get(), Primary::kShared, {}) == 0);
  CHECK(fresh->read_connections(1));
}

// Of a listener that the other does not serve: there is nowhere to go.
TEST(rebalance_orders_only_what_all_serve) {
  Primary primary(quick(Policy::kLeastLoaded));
  auto full = primary.add_worker(1, 0);
  auto second = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  primary.dispatcher.add_listener(5, 4, "second");
  primary.dispatcher.add_socket(5, ListeningSocket::kEverySlot, std::move(second.value), 512);
  full->receiver->start_listening(5);
  primary.dispatcher.serve(1, 5);
  const auto clients = primary.connect_many(8);
  CHECK(full->read_connections(8));
  auto fresh = primary.add_worker(2, 1);
  CHECK(read_orders(*full, 1, fresh.get()));
  CHECK(full->orders[0].listeners == std::vector<uint32_t>{1});
}

// 30 of the first one's cannot move: of what can, it has fewer than the other.
TEST(rebalance_takes_no_account_of_what_cannot_move) {
  Primary primary(quick(Policy::kRoundRobin));
  auto full = primary.add_worker(1, 0);
  const auto clients = primary.connect_many(34);
  CHECK(full->read_connections(34));
  full->immovable = 30;
  auto other = primary.add_worker(2, 1);
  CHECK(read_orders(*full, 1, other.get()));
  CHECK(full->questions > 0 && other->questions > 0);
  CHECK(full->orders[0].connections == 2);
}

TEST(rebalance_gives_nothing_to_one_that_has_just_been_started) {
  DispatcherOptions options = quick(Policy::kLeastLoaded);
  options.settle_ns = 300'000'000;
  Primary primary(options);
  auto full = primary.add_worker(1, 0);
  const auto clients = primary.connect_many(20);
  CHECK(full->read_connections(20));
  uint64_t added_at_ns = monotonic_ns();
  auto fresh = primary.add_worker(2, 1);
  CHECK(read_orders(*full, 1, fresh.get()));
  CHECK(monotonic_ns() - added_at_ns >= 300'000'000);
  // Its slot has lost two of them in a row: the next has twice as long to show that it is well.
  fresh.reset();
  CHECK(primary.wait_for<TargetGone>(1));
  primary.add_worker(3, 1).reset();
  CHECK(primary.wait_for<TargetGone>(2));
  CHECK(full->end_order() == 0);
  added_at_ns = monotonic_ns();
  fresh = primary.add_worker(4, 1);
  CHECK(read_orders(*full, 2, fresh.get()));
  CHECK(monotonic_ns() - added_at_ns >= 600'000'000);
}

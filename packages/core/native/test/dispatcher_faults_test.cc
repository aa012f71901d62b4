// Workers that are full or short of fds, a primary that is short of fds itself, listeners that fail.
#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>

#include "both_ends.h"
#include "check.h"

using namespace baton;

TEST(dispatcher_loses_nothing_when_a_worker_does_not_read) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 500; ++i) {
    clients.push_back(primary.connect());
    CHECK(clients.back().valid());
  }
  CHECK(worker->read_connections(500));
  CHECK(primary.dispatcher.snapshot().listeners["test"].accepted == 500);
  CHECK(primary.dispatcher.snapshot().listeners["test"].waiting == 0);
}

TEST(dispatcher_offers_elsewhere_what_a_full_worker_cannot_take) {
  Primary primary(Policy::kRoundRobin);
  auto stuck = primary.add_worker(1, 0);
  auto well = primary.add_worker(2, 1);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 900; ++i) {
    clients.push_back(primary.connect());
    CHECK(primary.wait_accepted(i + 1));
    well->receiver->receive(1000, *well);
  }
  const uint64_t on_their_way = primary.dispatcher.snapshot().slots.at(0).open;
  CHECK(on_their_way > 50 && on_their_way < 450);
  CHECK(well->read_connections(900 - on_their_way));
  CHECK(stuck->read_connections(on_their_way));
}

TEST(dispatcher_keeps_other_listeners_going_when_one_is_unusable) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  start_listening(socket.value, 16);
  UniqueFd other_holder(::fcntl(socket.value.get(), F_DUPFD_CLOEXEC, 0));
  primary.dispatcher.add_listener(2, 2, "broken");
  primary.dispatcher.add_socket(2, ListeningSocket::kEverySlot, std::move(socket.value), 512);
  worker->receiver->start_listening(2);
  primary.dispatcher.serve(1, 2);
  ::shutdown(other_holder.get(), SHUT_RDWR);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(primary.connect());
  CHECK(worker->read_connections(50));
  CHECK(primary.dispatcher.snapshot().accept_errors.count(EINVAL) == 1);
  CHECK(primary.dispatcher.snapshot().accept_paused_ns == 0);
}

TEST(dispatcher_pauses_without_fds_and_goes_on_when_there_are_some) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  for (const UniqueFd& client : clients) primary.connect(client);
  bool paused = false;
  for (int i = 0; i < 500 && !paused; ++i) {
    paused = primary.dispatcher.snapshot().accept_errors.count(EMFILE) == 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(paused);
  CHECK(worker->read_connections(5));
  CHECK(primary.dispatcher.snapshot().accept_paused_ns > 0);
  CHECK(primary.dispatcher.snapshot().accept_errors.at(EMFILE) < 100);
}

TEST(dispatcher_is_called_from_several_threads_under_load) {
  Primary primary(Policy::kLeastLoaded);
  auto worker = primary.add_worker(1, 0);
  std::thread clients([&] {
    for (int i = 0; i < 300; ++i) primary.connect();
  });
  std::thread caller([&] {
    for (uint32_t i = 0; i < 200; ++i) {
      primary.dispatcher.snapshot();
      primary.dispatcher.send_control(1, "x", {});
      // One that serves the listener and goes: what was on its way to it comes back.
      auto passing = primary.add_worker(100 + i, 1 + i % 3);
    }
  });
  const bool all_came = worker->read_connections(300);
  clients.join();
  caller.join();
  CHECK(all_came);
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 300);
  CHECK(snapshot.listeners.at("test").accepted == 300);
}

TEST(dispatcher_keeps_no_more_open_offers_than_it_may) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.most_open_offers = 3;
  Primary primary(options);
  auto worker = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(3));
  CHECK(primary.dispatcher.snapshot().slots.at(0).open == 3);
  CHECK(primary.dispatcher.snapshot().listeners.at("test").waiting == 0);
  CHECK(worker->read_connections(10));
}

TEST(dispatcher_closes_what_nobody_claims_in_time) {
  DispatcherOptions options = Primary::with(Policy::kRoundRobin);
  options.most_open_offers = 2;
  options.queue_timeout_ns = 30'000'000;
  Primary primary(options);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd served = primary.connect();
  CHECK(worker->read_connections(1));
  CHECK(::send(worker->connections[0].get(), "x", 1, 0) == 1);
  // Two are offered, the third stays in the kernel's queue until they have gone.
  const UniqueFd one = primary.connect(), two = primary.connect(), three = primary.connect();
  CHECK(is_closed(one) && is_closed(two) && is_closed(three));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.dropped[static_cast<size_t>(DropReason::kQueueTimeout)] == 3);
  CHECK(Primary::revoked(snapshot, 0, RevokeReason::kQueueTimeout) == 3);
  CHECK(snapshot.slots.at(0).claimed == 1 && snapshot.slots.at(0).open == 0);
  worker->read();
  CHECK(worker->connections.size() == 1);
  // One whose worker is gone waits in the primary, and no longer than that either.
  const UniqueFd four = primary.connect();
  CHECK(primary.wait_accepted(5));
  worker.reset();
  CHECK(is_closed(four));
  CHECK(primary.dispatcher.snapshot().dropped[static_cast<size_t>(DropReason::kQueueTimeout)] == 4);
}

TEST(dispatcher_offers_elsewhere_what_a_worker_had_no_fd_for) {
  Primary primary(Policy::kRoundRobin);
  auto poor = primary.add_worker(1, 0);
  auto rich = primary.add_worker(2, 1);
  const UniqueFd client = primary.connect();
  CHECK(primary.wait_accepted(1));
  // No process of its own, so the limit holds for all here: nothing else may need an fd meanwhile.
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  poor->read();
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(poor->connections.empty());
  CHECK(rich->read_connections(1));
  CHECK(primary.wait_revoked(0, RevokeReason::kNoFds, 1));
  // It rests, and gets none although it is its turn, until it has closed one or a tenth of a second is over.
  const UniqueFd second = primary.connect(), third = primary.connect();
  CHECK(rich->read_connections(3));
  poor->receiver->on_closing(-1, {});
  poor->turn(0);
  const UniqueFd fourth = primary.connect();
  CHECK(poor->read_connections(1));
}

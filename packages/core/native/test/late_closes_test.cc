#include "late_closes.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include "both_ends.h"
#include "check.h"
#include "tcp_pair.h"

using namespace baton;

TEST(late_closes_wait_for_the_primary) {
  const Pair pair = connect_pair();
  CHECK(::shutdown(pair.worker.get(), SHUT_WR) == 0);
  LateCloses late_closes;
  late_closes.keep(pair.worker.get(), 3);
  CHECK(!late_closes.empty());
  late_closes.let_go(2);
  CHECK(!late_closes.empty());
  late_closes.let_go(3);
  CHECK(late_closes.empty());
}

TEST(late_closes_hold_back_no_fin) {
  LateCloses late_closes;
  const Pair open = connect_pair();
  late_closes.keep(open.worker.get(), 1);
  CHECK(late_closes.empty());
  const Pair half_closed = connect_pair();  // by the client: CLOSE_WAIT
  CHECK(::shutdown(half_closed.client.get(), SHUT_WR) == 0);
  late_closes.keep(half_closed.worker.get(), 1);
  CHECK(late_closes.empty());
  int ends[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd one(ends[0]), other(ends[1]);
  late_closes.keep(one.get(), 1);
  CHECK(late_closes.empty());
}

TEST(receiver_closes_late_only_while_the_primary_may_have_a_copy) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd clients[] = {primary.connect(), primary.connect()};
  CHECK(worker->read_connections(2));
  primary.dispatcher.stop();  // lets nothing go any more
  const auto answer_and_close = [&] {
    worker->receiver->on_request(worker->claims.back());
    ::shutdown(worker->connections.back().get(), SHUT_WR);
    worker->receiver->on_closing(worker->connections.back().get(), worker->claims.back());
    worker->connections.pop_back();
    worker->claims.pop_back();
  };
  answer_and_close();
  CHECK(worker->receiver->has_late_closes());
  worker->receiver->on_waiting();
  CHECK(worker->receiver->has_late_closes());
  worker->receiver->end_late_closes();
  CHECK(!worker->receiver->has_late_closes());
  worker->receiver->leave();
  answer_and_close();
  CHECK(!worker->receiver->has_late_closes());
}

TEST(receiver_closes_at_once_where_the_primary_has_no_copies) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(worker->read_connections(1));
  worker->receiver->on_request(worker->claims[0]);
  primary.dispatcher.snapshot();  // sees it, and lets its copy go
  ::shutdown(worker->connections[0].get(), SHUT_WR);
  worker->close_connections();
  CHECK(!worker->receiver->has_late_closes());
}

TEST(late_closes_leave_fds_to_the_app) {
  rlimit before;
  CHECK(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few{64, before.rlim_max};
  CHECK(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  const Pair pair = connect_pair();
  CHECK(::shutdown(pair.worker.get(), SHUT_WR) == 0);
  LateCloses late_closes;
  late_closes.keep(pair.worker.get(), 1);
  const bool kept = !late_closes.empty();
  CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(!kept);
}

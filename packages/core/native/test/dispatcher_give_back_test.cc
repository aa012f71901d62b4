// Workers that drain, and give their connections back.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "both_ends.h"
#include "check.h"
#include "give_back.h"
#include "kernel.h"

using namespace baton;

namespace {

// The client asks, the worker answers.
bool answer(const UniqueFd& client, const UniqueFd& connection) {
  char byte;
  return ::send(client.get(), "?", 1, 0) == 1 && ::recv(connection.get(), &byte, 1, 0) == 1 &&
         ::send(connection.get(), "!", 1, 0) == 1 && ::recv(client.get(), &byte, 1, 0) == 1;
}

}  // namespace

TEST(give_back_moves_a_connection_that_lives_on) {
  Primary primary(Policy::kRoundRobin);
  auto old = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(old->read_connections(1));
  CHECK(answer(client, old->connections[0]));
  auto next = primary.add_worker(2, 0);
  CHECK(primary.dispatcher.drain(1) == 0);
  CHECK(give_back_last(*old, 1, true) == 0);
  CHECK(next->read_connections(1));
  CHECK(next->claims[0].kept_alive);
  CHECK(answer(client, next->connections[0]));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  const SlotFigures& slot = snapshot.slots.at(0);
  // accepted + given back = claimed
  CHECK(slot.claimed == 2 && slot.reclaimed == 1 && slot.given_back == 1);
  CHECK(snapshot.workers.at(1).connections == 0 && snapshot.workers.at(2).connections == 1);
  CHECK(snapshot.listeners.at("test").accepted == 1);
}

TEST(drain_takes_back_what_is_not_claimed_and_offers_nothing_more) {
  Primary primary(Policy::kRoundRobin);
  auto old = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(10));
  auto next = primary.add_worker(2, 1);
  CHECK(primary.dispatcher.drain(1) == 0);
  for (int i = 0; i < 5; ++i) clients.push_back(primary.connect());
  CHECK(next->read_connections(15));
  old->turn(0);
  CHECK(old->connections.empty());
  CHECK(Primary::revoked(primary.dispatcher.snapshot(), 0, RevokeReason::kDraining) == 10);
  CHECK(primary.dispatcher.drain(9) == ENOENT);
}

// As a worker that is killed after sendmsg(2), before it has said that it closes the connection.
TEST(give_back_of_a_worker_that_is_killed_in_between_is_offered_once) {
  Primary primary(Policy::kRoundRobin);
  Channel channel(std::move(primary.dispatcher.add_target(1, 0).value));
  static RecordBuffer buffer;
  const Received hello = channel.receive(buffer);
  auto* memory = static_cast<LedgerMemory*>(
      ::mmap(nullptr, sizeof(LedgerMemory), PROT_READ | PROT_WRITE, MAP_SHARED, hello.fd.get(), 0));
  channel.receive(buffer);
  primary.dispatcher.serve(1, 1);
  const UniqueFd client = primary.connect();
  CHECK(primary.wait_accepted(1));
  pollfd ready{channel.fd(), POLLIN, 0};
  CHECK(::poll(&ready, 1, 2000) == 1);
  Received offer = channel.receive(buffer);
  uint64_t open = 1 << 4 | static_cast<uint64_t>(OfferState::kOpen);
  CHECK(memory->offers[1].word.compare_exchange_strong(open,
                                                       1 << 4 | static_cast<uint64_t>(OfferState::kClaimed)));
  primary.dispatcher.drain(1);
  const auto record = encode(GivenBack{1, 1, false, false});
  CHECK(channel.send({record.data(), record.size()}, offer.fd.get()) == 0);
  offer.fd.reset();
  channel.close();
  ::munmap(memory, sizeof(LedgerMemory));
  CHECK(primary.wait_for<TargetGone>());
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(1));
  next->turn(50);
  CHECK(next->connections.size() == 1);
  const SlotFigures slot = primary.dispatcher.snapshot().slots.at(0);
  CHECK(slot.given_back == 1 && slot.recovered == 0 && slot.claimed == 2);
  CHECK(answer(client, next->connections[0]));
}

TEST(give_back_saves_a_connection_from_the_next_worker_if_that_has_not_touched_it) {
  NEEDS(kWholeTcpInfo);
  Primary primary(Policy::kRoundRobin);
  auto old = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(old->read_connections(1));
  CHECK(answer(client, old->connections[0]));
  old->turn(0);
  primary.dispatcher.drain(1);
  CHECK(give_back_last(*old, 1, true) == 0);
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(1));
  CHECK(::send(client.get(), "??", 2, 0) == 2);
  next.reset();
  CHECK(primary.wait_for<TargetGone>());
  auto third = primary.add_worker(3, 0);
  CHECK(third->read_connections(1));
  char text[2];
  CHECK(::recv(third->connections[0].get(), text, 2, 0) == 2);
  CHECK(third->claims[0].kept_alive);
}

// The fd that is kept free for one worker's records is there for those of others when that one is gone.
TEST(dispatcher_reads_others_after_the_end_of_a_worker) {
  Primary primary(Policy::kRoundRobin);
  auto gone = primary.add_worker(1, 0);
  auto other = primary.add_worker(2, 1);
  gone.reset();
  CHECK(primary.wait_for<TargetGone>());
  for (size_t i = 1; i <= 3; ++i) {
    CHECK(primary.dispatcher.send_control(2, "order", {}) == 0);
    CHECK(other->receiver->send_control("answer") == 0);
    CHECK(primary.wait_for<ControlArrived>(i));
    primary.dispatcher.acknowledge(2);
  }
}

TEST(give_back_of_nonsense_is_refused_and_closed) {
  Primary primary(Policy::kRoundRobin);
  Primary other(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  auto stranger = other.add_worker(1, 0);
  const UniqueFd client = primary.connect(), foreign = other.connect();
  CHECK(worker->read_connections(1) && stranger->read_connections(1));
  const auto refused = [&](uint64_t count) {
    return primary.wait_until([&](const Snapshot& now) { return now.records_refused == count; });
  };
  primary.dispatcher.drain(1);
  auto listening = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  start_listening(listening.value, 1);
  auto datagrams = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kDatagram, true);
  CHECK(worker->receiver->give_back(listening.value.get(), 1, {}) == 0);
  CHECK(worker->receiver->give_back(datagrams.value.get(), 1, {}) == 0);
  CHECK(worker->receiver->give_back(stranger->connections[0].get(), 1, {}) == 0);
  CHECK(refused(3));
  // Of a listener that is gone: it is closed, and counted.
  CHECK(worker->receiver->give_back(worker->connections[0].get(), 99, {}) == 0);
  CHECK(primary.wait_until([](const Snapshot& now) {
    return now.dropped[static_cast<size_t>(DropReason::kListenerClosed)] == 1;
  }));
  CHECK(is_closed(client));
  CHECK(primary.dispatcher.snapshot().slots.at(0).given_back == 1);
}

TEST(a_target_that_drains_is_counted_on_until_it_has_let_its_listener_go) {
  Primary primary(Policy::kRoundRobin);
  auto old = primary.add_holder(1, 0);
  const auto first = primary.connect_shared(2);
  CHECK(old->accept_own(Primary::kCounter) == 2);
  primary.dispatcher.drain(1);
  // It has not heard of it yet, and accepts once more.
  const UniqueFd late = primary.connect(primary.shared_port);
  const size_t by_itself = old->accept_own(Primary::kCounter);
  auto next = primary.add_holder(2, 0);
  CHECK(next->read_connections(1 - by_itself));
  CHECK(primary.dispatcher.snapshot().listeners.at("shared").accepted == 3);
  CHECK(primary.dispatcher.snapshot().slots.at(0).own_accepted == 2 + by_itself);
}

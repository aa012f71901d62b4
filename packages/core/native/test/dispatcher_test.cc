// The dispatcher on its own thread, and workers in this one: both ends of the protocol in one process.
#include "dispatcher.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <condition_variable>
#include <thread>

#include "check.h"
#include "receiver.h"

using namespace baton;

namespace {

// A worker without Node: a receiver, and what it was given.
struct Worker : Receiver::Handler {
  std::unique_ptr<Receiver> receiver;
  std::vector<UniqueFd> connections;
  std::vector<std::string> controls;

  void on_connection(uint32_t, UniqueFd socket) override { connections.push_back(std::move(socket)); }
  void on_control(std::string_view payload, UniqueFd) override { controls.emplace_back(payload); }

  // Reads what is there, waiting for the first record.
  Receiver::Outcome read() {
    pollfd ready{receiver->fd(), POLLIN, 0};
    ::poll(&ready, 1, 2000);
    return receiver->receive(1000, *this);
  }
  // Reads until it has that many connections; false if it takes too long.
  bool read_connections(size_t count) {
    for (int i = 0; i < 200 && connections.size() < count; ++i) {
      pollfd ready{receiver->fd(), POLLIN, 0};
      ::poll(&ready, 1, 50);
      receiver->receive(1000, *this);
    }
    return connections.size() == count;
  }
};

// A primary's dispatcher with one listener, and what it told.
struct Primary {
  std::mutex mutex;
  std::condition_variable told;
  std::vector<DispatcherEvent> events;
  Dispatcher dispatcher;
  uint16_t port = 0;

  explicit Primary(Policy policy)
      : dispatcher(policy, [this](DispatcherEvent event) { on_event(std::move(event)); }) {
    dispatcher.start();
    auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
    start_listening(socket.value, 512);
    port = inspect_socket(socket.value).value.port;
    dispatcher.add_listener(1, std::move(socket.value), "test");
  }

  void on_event(DispatcherEvent event) {
    std::lock_guard<std::mutex> lock(mutex);
    events.push_back(std::move(event));
    told.notify_all();
  }

  template <typename T>
  bool wait_for(size_t count = 1) {
    std::unique_lock<std::mutex> lock(mutex);
    return told.wait_for(lock, std::chrono::seconds(5), [&] {
      size_t found = 0;
      for (const auto& event : events) found += std::holds_alternative<T>(event) ? 1 : 0;
      return found >= count;
    });
  }

  std::unique_ptr<Worker> add_worker(uint32_t id, uint32_t slot, bool serves = true) {
    auto pair = Channel::make_pair();
    auto created = Ledger::create();
    const auto hello = encode(HelloMessage{});
    pair.value.first.send({hello.data(), hello.size()}, created.value.memfd.get());
    dispatcher.add_target(id, slot, std::move(pair.value.first), std::move(created.value.ledger));
    auto worker = std::make_unique<Worker>();
    worker->receiver = std::move(Receiver::open(pair.value.second.take_socket()).value);
    if (serves) {
      worker->receiver->start_listening(1);
      dispatcher.serve(id, 1);
    }
    return worker;
  }

  UniqueFd connect() const {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!connect(socket)) socket.reset();
    return socket;
  }

  bool connect(const UniqueFd& socket) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  // Waits until the dispatcher has accepted that many.
  bool wait_accepted(uint64_t count) {
    for (int i = 0; i < 500; ++i) {
      if (dispatcher.snapshot().listeners["test"].accepted == count) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }
};

// True when the peer has closed: a read gives the end of the stream, or an error.
bool is_closed(const UniqueFd& socket) {
  pollfd ready{socket.get(), POLLIN, 0};
  char byte;
  return ::poll(&ready, 1, 2000) == 1 && ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) <= 0;
}

}  // namespace

TEST(dispatcher_hands_over_a_connection) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(worker->read_connections(1));
  CHECK(::send(worker->connections[0].get(), "hi", 2, 0) == 2);
  char text[2];
  CHECK(::recv(client.get(), text, 2, 0) == 2);
  // The primary keeps no duplicate: the client sees the end as soon as the worker closes.
  worker->connections.clear();
  CHECK(is_closed(client));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 1);
  CHECK(snapshot.slots.at(0).open == 0);
  CHECK(snapshot.listeners.at("test").accepted == 1);
}

TEST(dispatcher_round_robin_is_exact) {
  Primary primary(Policy::kRoundRobin);
  std::vector<std::unique_ptr<Worker>> workers;
  for (uint32_t i = 0; i < 4; ++i) workers.push_back(primary.add_worker(i + 1, i));
  for (int i = 0; i < 200; ++i) {
    const UniqueFd client = primary.connect();
    CHECK(primary.wait_accepted(i + 1));
  }
  for (auto& worker : workers) CHECK(worker->read_connections(50));
}

TEST(dispatcher_least_loaded_counts_what_is_on_its_way_and_what_was_closed) {
  Primary primary(Policy::kLeastLoaded);
  auto busy = primary.add_worker(1, 0);
  auto idle = primary.add_worker(2, 1);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(primary.connect());
  CHECK(busy->read_connections(5));
  CHECK(idle->read_connections(5));
  for (int i = 0; i < 4; ++i) idle->receiver->count_closed();
  for (int i = 0; i < 4; ++i) clients.push_back(primary.connect());
  CHECK(idle->read_connections(9));
  CHECK(primary.dispatcher.snapshot().slots.at(0).connections == 5);
  CHECK(primary.dispatcher.snapshot().slots.at(1).connections == 5);
}

TEST(dispatcher_leaves_connections_in_the_kernel_while_nobody_serves) {
  Primary primary(Policy::kLeastLoaded);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(primary.connect());
  CHECK(primary.dispatcher.snapshot().listeners["test"].accepted == 0);
  auto worker = primary.add_worker(1, 0);
  CHECK(worker->read_connections(20));
}

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

TEST(dispatcher_gives_to_another_what_a_worker_gives_back) {
  Primary primary(Policy::kRoundRobin);
  auto leaving = primary.add_worker(1, 0);
  const UniqueFd client = primary.connect();
  CHECK(primary.wait_accepted(1));
  // Closed while the connection was on its way: it is in the channel, and nobody will want it here.
  leaving->receiver->stop_listening(1);
  leaving->read();
  CHECK(leaving->connections.empty());
  CHECK(primary.wait_for<ListenerLeft>());
  auto staying = primary.add_worker(2, 1);
  CHECK(staying->read_connections(1));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).given_back == 1);
  CHECK(snapshot.slots.at(0).connections == 0);
  CHECK(snapshot.slots.at(1).claimed == 1);
  CHECK(snapshot.listeners.at("test").accepted == 1);
}

TEST(dispatcher_counts_what_a_dead_worker_took_with_it) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  const UniqueFd taken = primary.connect();
  CHECK(worker->read_connections(1));
  const UniqueFd on_its_way = primary.connect();
  CHECK(primary.wait_accepted(2));
  worker.reset();
  CHECK(primary.wait_for<TargetGone>());
  CHECK(is_closed(on_its_way));
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.slots.at(0).claimed == 1);
  CHECK(snapshot.slots.at(0).lost == 1);
  CHECK(snapshot.slots.at(0).connections == 0);
  // The listener stays, and its next worker is served.
  const UniqueFd waiting = primary.connect();
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(1));
  CHECK(primary.dispatcher.snapshot().slots.at(0).claimed == 2);
}

TEST(dispatcher_frees_the_address_of_a_removed_listener_at_once) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  primary.dispatcher.remove_listener(1);
  CHECK(!primary.connect().valid());
  CHECK(bind_ip({"127.0.0.1", primary.port, AF_INET, false}, Transport::kStream, false).ok());
}

TEST(dispatcher_passes_control_records_in_order) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0, false);
  // More than the channel holds: the rest waits in the outbox.
  for (int i = 0; i < 600; ++i) CHECK(primary.dispatcher.send_control(1, std::to_string(i), {}) == 0);
  for (int i = 0; i < 200 && worker->controls.size() < 600; ++i) worker->read();
  CHECK(worker->controls.size() == 600);
  for (int i = 0; i < 600; ++i) CHECK(worker->controls[i] == std::to_string(i));
  worker->receiver->send_control("back");
  CHECK(primary.wait_for<ControlArrived>());
  CHECK(primary.dispatcher.send_control(99, "x", {}) == EPIPE);
}

TEST(dispatcher_bears_a_worker_that_lies) {
  Primary primary(Policy::kRoundRobin);
  auto good = primary.add_worker(2, 1);
  auto pair = Channel::make_pair();
  auto created = Ledger::create();
  Ledger liars_view = std::move(Ledger::map(created.value.memfd).value);
  primary.dispatcher.add_target(1, 0, std::move(pair.value.first), std::move(created.value.ledger));
  primary.dispatcher.serve(1, 1);
  const Channel liar = std::move(pair.value.second);
  // Claims and closings of offers never made.
  for (int i = 0; i < 1000; ++i) {
    liars_view.count_claimed(0, 0);
    liars_view.count_closed();
    liars_view.count_fd_lost();
  }
  // Connections never offered, a file for a connection, nothing for one, wrong directions, noise.
  auto udp = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kDatagram, false);
  const auto given = encode(GivenBack{});
  const auto hello = encode(HelloMessage{});
  const auto offered = encode(Offered{});
  const std::string_view given_bytes(given.data(), given.size());
  CHECK(liar.send(given_bytes, udp.value.get()) == 0);
  CHECK(liar.send(given_bytes, -1) == 0);
  CHECK(liar.send({hello.data(), hello.size()}, -1) == 0);
  CHECK(liar.send({offered.data(), offered.size()}, udp.value.get()) == 0);
  CHECK(liar.send("noise", udp.value.get()) == 0);
  const auto stopped = encode(StoppedListening{77});
  CHECK(liar.send({stopped.data(), stopped.size()}, -1) == 0);
  CHECK(primary.wait_for<ListenerLeft>());
  const Snapshot snapshot = primary.dispatcher.snapshot();
  CHECK(snapshot.records_refused == 5);
  CHECK(snapshot.slots.at(0).claimed == 0);
  CHECK(snapshot.slots.at(0).connections == 0);
  // It says that it loses its sockets, so it gets none for a while.
  const UniqueFd one = primary.connect(), two = primary.connect();
  CHECK(good->read_connections(2));
}

TEST(dispatcher_keeps_other_listeners_going_when_one_is_unusable) {
  Primary primary(Policy::kRoundRobin);
  auto worker = primary.add_worker(1, 0);
  auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  start_listening(socket.value, 16);
  UniqueFd other_holder(::fcntl(socket.value.get(), F_DUPFD_CLOEXEC, 0));
  primary.dispatcher.add_listener(2, std::move(socket.value), "broken");
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

TEST(dispatcher_gets_back_what_is_on_its_way_to_a_worker_that_leaves) {
  Primary primary(Policy::kRoundRobin);
  auto leaving = primary.add_worker(1, 0);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 30; ++i) clients.push_back(primary.connect());
  CHECK(primary.wait_accepted(30));
  leaving->receiver->close();
  CHECK(primary.wait_for<TargetGone>());
  auto next = primary.add_worker(2, 0);
  CHECK(next->read_connections(30));
  CHECK(primary.dispatcher.snapshot().slots.at(0).lost == 0);
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
      auto passing = primary.add_worker(100 + i, 1 + i % 3);
      // One that serves the listener and goes: what was on its way to it is counted as lost.
    }
  });
  uint64_t ended = 0;
  for (int i = 0; i < 1000 && ended < 300; ++i) {
    pollfd ready{worker->receiver->fd(), POLLIN, 0};
    ::poll(&ready, 1, 20);
    worker->receiver->receive(1000, *worker);
    ended = 0;
    for (const auto& [slot, figures] : primary.dispatcher.snapshot().slots)
      ended += figures.claimed + figures.lost;
  }
  clients.join();
  caller.join();
  CHECK(ended == 300);
  CHECK(primary.dispatcher.snapshot().listeners.at("test").accepted == 300);
}

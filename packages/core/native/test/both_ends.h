#pragma once

// A primary's dispatcher on its own thread, and workers in the test's: both ends of the protocol in one
// process.

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dispatcher.h"
#include "receiver.h"
#include "socket.h"

namespace baton {

// A worker without Node: a receiver, and what it was given.
struct Worker : Receiver::Handler {
  std::unique_ptr<Receiver> receiver;
  std::vector<UniqueFd> connections;
  std::vector<Receiver::Claim> claims;
  std::vector<std::string> controls;
  std::vector<GiveBackOrder> orders;
  UniqueFd listener;  // that it was handed last
  size_t offered_before_count = 0;
  uint64_t idle_ns = 0;  // how long it has waited for records

  // maxConnections of its server of the first listener.
  size_t most_connections = SIZE_MAX;
  uint32_t vacancies(uint32_t listener) override {
    const size_t most = listener == 1 ? most_connections : SIZE_MAX;
    return static_cast<uint32_t>(
        std::min<size_t>(most - std::min(connections.size(), most), LedgerMemory::kManyVacancies));
  }
  void on_connection(uint32_t, UniqueFd socket, Receiver::Claim claim) override {
    connections.push_back(std::move(socket));
    claims.push_back(claim);
    offered_before_count += claim.offered_before ? 1 : 0;
  }
  // Closes the last connection, as an app would that does not shut it down.
  void close_last() {
    receiver->on_closing(connections.back().get(), claims.back());
    connections.pop_back();
    claims.pop_back();
  }
  void close_connections() {
    while (!connections.empty()) close_last();
  }
  void on_control(std::string_view payload, UniqueFd fd) override {
    controls.emplace_back(payload);
    if (fd.valid()) listener = std::move(fd);
  }
  void on_give_back_order(const GiveBackOrder& order) override {
    if (order.connections > 0) return orders.push_back(order);
    ++questions;
    end_order();
  }
  // All that it has could move, but those.
  uint32_t immovable = 0;
  size_t questions = 0;
  int end_order() { return receiver->end_order(static_cast<uint32_t>(connections.size()) - immovable); }
  // Accepts what waits in the listener that it was handed, as its event loop would; returns how many those
  // are.
  size_t accept_own(uint32_t counter) {
    size_t count = 0;
    for (;; ++count) {
      UniqueFd own(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!own.valid()) return count;
      receiver->on_own_accepted(counter);
      connections.push_back(std::move(own));
    }
  }

  // One turn of its event loop, which waits that long for the first record.
  Receiver::Outcome turn(int wait_ms) {
    receiver->look_for_vacancies(*this);
    receiver->on_waiting();
    pollfd ready{receiver->fd(), POLLIN, 0};
    const uint64_t waits_at_ns = monotonic_ns();
    ::poll(&ready, 1, wait_ms);
    idle_ns += monotonic_ns() - waits_at_ns;
    receiver->on_running();
    const auto outcome = receiver->receive(1000, *this);
    receiver->on_turned();
    receiver->look_for_vacancies(*this);
    receiver->on_waiting();
    return outcome;
  }
  Receiver::Outcome read() { return turn(2000); }
  // Turns until it has that many connections; false if it takes too long.
  bool read_connections(size_t count) {
    const uint64_t end_ns = monotonic_ns() + 10'000'000'000;
    while (connections.size() < count && monotonic_ns() < end_ns) turn(50);
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

  // No worker of these tests is stalled unless it is meant to be, however slow the machine.
  static DispatcherOptions with(Policy policy) {
    DispatcherOptions options;
    options.policy = policy;
    options.stall_after_ns = 60'000'000'000;
    return options;
  }

  explicit Primary(Policy policy) : Primary(with(policy)) {}
  explicit Primary(const DispatcherOptions& options)
      : dispatcher(options, [this](DispatcherEvent event) { on_event(std::move(event)); }) {
    dispatcher.start();
    auto socket = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
    port = inspect_socket(socket.value).value.port;
    dispatcher.add_listener(1, 0, "test");
    dispatcher.add_socket(1, ListeningSocket::kEverySlot, std::move(socket.value), 512);
  }

  void on_event(DispatcherEvent event) {
    std::lock_guard<std::mutex> lock(mutex);
    events.push_back(std::move(event));
    told.notify_all();
  }

  template <typename T>
  bool wait_for(size_t count = 1) {
    std::unique_lock<std::mutex> lock(mutex);
    return told.wait_for(lock, std::chrono::seconds(5), [&] { return count_of<T>() >= count; });
  }

  // How often it has been told of this already.
  template <typename T>
  size_t count() {
    std::lock_guard<std::mutex> lock(mutex);
    return count_of<T>();
  }

  template <typename T>
  size_t count_of() const {
    size_t found = 0;
    for (const auto& event : events) found += std::holds_alternative<T>(event) ? 1 : 0;
    return found;
  }

  std::unique_ptr<Worker> add_worker(uint32_t id, uint32_t slot, bool serves = true) {
    auto worker = std::make_unique<Worker>();
    worker->receiver = std::move(Receiver::open(std::move(dispatcher.add_target(id, slot).value)).value);
    worker->receiver->set_idle_clock([idle_ns = &worker->idle_ns] { return *idle_ns; });
    if (serves) {
      worker->receiver->start_listening(1);
      dispatcher.serve(id, 1);
    }
    return worker;
  }

  // In listener handoff: the slot's socket of the listener, beside those of other slots, and a worker that
  // has been handed it, and holds it unless it does not say so.
  std::unique_ptr<Worker> add_holder(uint32_t id, uint32_t slot, bool holds = true) {
    if (dispatcher.keep_socket(kShared, slot) != 0) {
      const Sharing sharing = shared_port == 0 ? Sharing::kFirst : Sharing::kMore;
      auto socket = bind_ip({"127.0.0.1", shared_port, AF_INET, false, sharing}, Transport::kStream, true);
      shared_port = inspect_socket(socket.value).value.port;
      dispatcher.add_listener(kShared, 1, "shared");
      dispatcher.add_socket(kShared, slot, std::move(socket.value), 512);
    }
    auto worker = add_worker(id, slot, false);
    worker->receiver->start_listening(kShared);
    dispatcher.serve(id, kShared);
    dispatcher.hand_over(id, kShared, kCounter, "here");
    worker->read();
    if (holds) dispatcher.hold(id, kShared);
    return worker;
  }
  static constexpr uint32_t kShared = 2, kCounter = 7;
  uint16_t shared_port = 0;

  std::vector<UniqueFd> connect_shared(size_t count) { return connect_many(count, shared_port); }
  std::vector<UniqueFd> connect_many(size_t count) { return connect_many(count, port); }
  std::vector<UniqueFd> connect_many(size_t count, uint16_t to) {
    std::vector<UniqueFd> clients;
    for (size_t i = 0; i < count; ++i) clients.push_back(connect(to));
    return clients;
  }

  UniqueFd connect() const { return connect(port); }
  UniqueFd connect(uint16_t to) const {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{5, 0};  // a read that waits for ever would keep the other tests from running
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!connect(socket, to)) socket.reset();
    return socket;
  }

  bool connect(const UniqueFd& socket) const { return connect(socket, port); }
  static bool connect(const UniqueFd& socket, uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  // Waits until the dispatcher's figures are so: they change without an event that a test could wait for.
  template <typename Condition>
  bool wait_until(Condition condition) {
    for (int i = 0; i < 2500; ++i) {
      if (condition(dispatcher.snapshot())) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }

  bool wait_accepted(uint64_t count) {
    return wait_until([&](const Snapshot& now) { return now.listeners.at("test").accepted == count; });
  }
  // Waits until that many of the slot's offers were revoked for this reason.
  bool wait_revoked(uint32_t slot, RevokeReason reason, uint64_t count) {
    return wait_until([&](const Snapshot& now) { return revoked(now, slot, reason) == count; });
  }
  static uint64_t revoked(const Snapshot& snapshot, uint32_t slot, RevokeReason reason) {
    return snapshot.slots.at(slot).revoked[static_cast<size_t>(reason)];
  }
};

// True when the peer has closed: a read gives the end of the stream, or an error.
inline bool is_closed(const UniqueFd& socket) {
  pollfd ready{socket.get(), POLLIN, 0};
  char byte;
  return ::poll(&ready, 1, 2000) == 1 && ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) <= 0;
}

}  // namespace baton

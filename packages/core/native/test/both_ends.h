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
inline bool is_closed(const UniqueFd& socket) {
  pollfd ready{socket.get(), POLLIN, 0};
  char byte;
  return ::poll(&ready, 1, 2000) == 1 && ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) <= 0;
}

}  // namespace baton

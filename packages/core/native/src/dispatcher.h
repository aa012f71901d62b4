#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "fair_mutex.h"
#include "listener.h"
#include "policy.h"
#include "poller.h"
#include "snapshot.h"
#include "socket.h"
#include "target.h"

namespace baton {

// What the dispatcher tells its owner. Called on the dispatcher's thread under its lock: hand it on and
// return.
struct ControlArrived {
  uint32_t target;
  std::string payload;
};
struct ListenerLeft {  // the worker does not serve this listener any more
  uint32_t target;
  uint32_t listener;
};
struct TargetGone {  // the worker's end of the channel is closed
  uint32_t target;
};
using DispatcherEvent = std::variant<ControlArrived, ListenerLeft, TargetGone>;

// Accepts connections and hands them to workers, on a thread of its own that never runs JavaScript:
// sources (listeners, workers that give back) → policy → targets (workers).
//
// Public functions may be called from any thread. They wait for at most one batch of the thread's work, and
// what they did is in force when they return: a removed listener's socket is closed, and its address free.
class Dispatcher {
 public:
  using Sink = std::function<void(DispatcherEvent)>;

  Dispatcher(Policy policy, Sink sink) : policy_(policy), sink_(std::move(sink)) {}
  ~Dispatcher() { stop(); }
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // 0, or the errno of epoll_create1(2) or eventfd(2).
  int start();
  // Ends the thread and closes all that the dispatcher owns. No event is told after it returns.
  void stop();

  // `label` names the listener in the figures. The socket must be listening. It is accepted from as soon as a
  // target serves it. EEXIST if the id is taken.
  int add_listener(uint32_t id, UniqueFd socket, std::string label);
  void remove_listener(uint32_t id);

  // A new worker. Its first record, the ledger, must be sent already. EEXIST if the id is taken.
  int add_target(uint32_t id, uint32_t slot, Channel channel, Ledger ledger);

  // From here on the target is offered connections of the listener. ENOENT if either is unknown.
  int serve(uint32_t target, uint32_t listener);
  // EPIPE if the worker is gone; ENOBUFS if it does not read; EMSGSIZE if the payload is too long.
  int send_control(uint32_t target, std::string_view payload, UniqueFd fd);

  Snapshot snapshot();

 private:
  void run();
  void on_target_event(Target& target, const Poller::Event& event);

  void accept_one(Listener& listener);
  void pump(Listener& listener);
  void pump_all();
  bool deliver(Listener& listener, const Connection& connection);
  void read_target(Target& target);
  void on_message(Target& target, const Message& message, UniqueFd fd);
  void take_back(Target& target, const GivenBack& given, UniqueFd socket);
  void lose_target(Target& target);

  void watch(Listener& listener);
  void watch(const Target& target);

  void pause_accepting();
  void schedule_retry();
  void retry();
  int milliseconds_to_retry() const;

  const Policy policy_;
  const Sink sink_;
  FairMutex mutex_;  // guards all below
  Poller poller_;
  bool stopping_ = false;
  std::map<uint32_t, std::unique_ptr<Listener>> listeners_;
  std::map<uint32_t, std::unique_ptr<Target>> targets_;
  Snapshot totals_;                      // of what has ended: dead workers, connections accepted, errors
  uint64_t retry_at_ns_ = 0;             // when to try again what only time mends; 0: nothing
  uint64_t accept_paused_since_ns_ = 0;  // 0: not paused
  std::vector<Candidate> candidates_;    // scratch of deliver()
  std::vector<Target*> candidate_targets_;
  RecordBuffer buffer_;

  std::thread thread_;
};

}  // namespace baton

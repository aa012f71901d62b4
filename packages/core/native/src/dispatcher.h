#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "closer.h"
#include "fair_mutex.h"
#include "listener.h"
#include "policy.h"
#include "poller.h"
#include "rebalancer.h"
#include "snapshot.h"
#include "socket.h"
#include "target.h"

namespace baton {

struct DispatcherOptions {
  Policy policy = Policy::kLeastLoaded;
  uint64_t stall_after_ns = 20'000'000;
  uint32_t most_open_offers = LedgerMemory::kOffers;  // a worker; no more than that
  uint64_t queue_timeout_ns = 0;                      // 0: no limit
  // How often the shares of the workers are looked at, while they are uneven; 0: not at all.
  uint64_t rebalance_every_ns = 100'000'000;
  // For how long a worker lives before it is given what others have too much: one that crashes would take it
  // along. Twice as long for each that has ended early, one after the other.
  uint64_t settle_ns = 2'000'000'000;
  // How long a retired socket is accepted from, after new connections are steered away from it: those whose
  // handshake had begun arrive within a round trip, or two if a packet is lost (RFC 6298: one second before
  // it is sent again).
  uint64_t retire_after_ns = 3'000'000'000;
};

// What the dispatcher tells its owner. Called on the dispatcher's thread under its lock: hand it on and
// return. Of the first two, each must be acknowledged, so that a worker cannot pile them up.
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
// sources (listeners, workers that did not claim) → policy → targets (workers).
//
// Public functions may be called from any thread. They wait for at most one turn of the thread, and what they
// did is in force when they return: a removed listener's socket is closed, and its address free. Only the
// thread offers connections, so that it knows of every open offer when it falls asleep.
class Dispatcher {
 public:
  using Sink = std::function<void(DispatcherEvent)>;

  Dispatcher(const DispatcherOptions& options, Sink sink) : options_(options), sink_(std::move(sink)) {}
  ~Dispatcher() { stop(); }
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // 0, or the errno of epoll_create1(2) or eventfd(2); ECANCELED after stop(), as of what adds something.
  int start();
  // Ends the thread and closes all that the dispatcher owns. No event is told after it returns.
  void stop();

  // `place`: one below LedgerMemory::kListeners that no other listener has. `label` names the listener in the
  // figures. It has no socket yet. EEXIST if the id is taken.
  int add_listener(uint32_t id, uint32_t place, std::string label);
  // Calls listen(2), so that it is known in which order the sockets of a group do. The socket is accepted
  // from as soon as a target serves the listener, unless a target holds it. `slot`: whose worker may hold it;
  // ListeningSocket::kEverySlot for a listener with one socket for all, of which the newest is handed out.
  // ENOENT if the listener is unknown; else the errno of listen(2).
  int add_socket(uint32_t listener, uint32_t slot, UniqueFd socket, int backlog);
  // The slot's socket is wanted. ENOENT if it has none.
  int keep_socket(uint32_t listener, uint32_t slot);
  // The slot's socket is not wanted any more: nothing new comes to it from here on, what comes still, or has
  // come, is accepted and offered, and then it is closed.
  void retire_socket(uint32_t listener, uint32_t slot);
  // Of sockets for every slot the last one that was added is wanted. What has come to the others is accepted
  // and offered; each is closed when no worker has a duplicate of it.
  void retire_older(uint32_t listener);
  void remove_listener(uint32_t id);

  // A new worker: its end of a new channel, with all that it needs to know already under way in it. EEXIST if
  // the id is taken, else the errno of the system call that failed.
  Result<UniqueFd> add_target(uint32_t id, uint32_t slot);

  // From here on the target is offered connections of the listener. ENOENT if either is unknown; ECANCELED if
  // the target drains.
  int serve(uint32_t target, uint32_t listener);
  // Sends the target a duplicate of its slot's socket, with a control record; what it accepts it counts under
  // `counter`. ENOENT if either is unknown; else as send_control.
  int hand_over(uint32_t target, uint32_t listener, uint32_t counter, std::string_view payload);
  // From here on the target accepts from the socket that it was handed; the primary does so only where no
  // target is well that holds it.
  void hold(uint32_t target, uint32_t listener);
  // From here on the target gets no connections: what it has not claimed is offered to others, and it may
  // give back what it has claimed. ENOENT if it is unknown.
  int drain(uint32_t target);
  // EPIPE if the worker is gone; ENOBUFS if it does not read; EMSGSIZE if the payload is too long.
  int send_control(uint32_t target, std::string_view payload, UniqueFd fd);
  // An event of this target has been dealt with.
  void acknowledge(uint32_t target);

  Snapshot snapshot();

 private:
  using Listeners = std::map<uint32_t, std::unique_ptr<Listener>>;

  // The thread: dispatcher.cc.
  void run();
  int turn(const Poller::Event* events, int count);
  int milliseconds_to_sleep(bool had_events);
  void retry();
  void schedule_retry();
  void pause_accepting();
  void resume_accepting();
  void watch(const Target& target);

  // Listeners and who accepts from their sockets: dispatcher_listening.cc.
  void close_listener(Listeners::iterator at);
  void on_label_closed(const std::string& label);
  void watch(Listener& listener);
  void watch(ListeningSocket& socket, ListeningSocket::Watch wanted);
  void on_socket_event(ListeningSocket& socket);
  void look_after_queues();
  uint64_t look_after_at_ns() const;
  void release(Target& target, Listener& listener);
  bool may_close(const ListeningSocket& socket) const;
  void close_retired();

  // Accepting: dispatcher_accept.cc.
  void accept_some(Listener& listener, ListeningSocket& socket);
  bool accept_one(Listener& listener, ListeningSocket& socket);
  bool empty_queue(Listener& listener, ListeningSocket& socket);
  void on_exhausted();

  // The way of a connection from there: dispatcher_handover.cc.
  bool has_room(const Listener& listener) const;
  bool has_well_room(const Listener& listener) const;
  bool deliver(Connection& connection, Listener& listener);
  void gather_candidates(const Connection& connection, const Listener& listener);
  void draw_candidates(size_t count);
  Target& choose_target(const Connection& connection, Listener& listener);
  void pump(Listener& listener);
  bool settle(Target& target);
  void settle_all();
  void take_in(Target& target);
  void wait_or_drop(Connection connection);
  void take_back(Target& target, bool is_gone);
  void take_from_stalled();
  void expire_later(const Connection& connection);
  void expire();
  void drop(Connection& connection, DropReason reason);
  void count_dropped(DropReason reason, uint64_t count);

  // A worker's channel: dispatcher_channel.cc.
  void on_target_event(Target& target, const Poller::Event& event);
  void read_target(Target& target, bool to_the_end);
  void on_record(Target& target, Received received);
  bool on_message(Target& target, const Message& message, SharedFd fd);
  bool on_stopped_accepting(Target& target, uint32_t listener, SharedFd surplus);
  void lose_unreachable();
  void lose_target(Target& target, bool is_gone);

  // Workers as sources: dispatcher_give_back.cc.
  bool may_read(const Target& target) const;
  bool is_backlog_full() const;
  void watch_backlog();
  bool on_given_back(Target& target, const GivenBack& given, SharedFd socket);
  std::vector<Target*> serving_targets(std::vector<uint32_t>& common) const;
  void rebalance();
  std::vector<Share> look_up_shares(const std::vector<Target*>& serving, const std::vector<uint32_t>& common);
  uint64_t settled_at_ns(const Target& target) const;
  void note_end(const Target& target);
  Received receive(Target& target);
  void reserve_fd();

  const DispatcherOptions options_;
  const Sink sink_;
  FairMutex mutex_;  // guards all below
  Poller poller_;
  Closer closer_;
  bool stopping_ = false;
  Listeners listeners_;
  std::map<uint32_t, ListeningSocket*> sockets_;  // of all listeners, by their own ids
  uint32_t last_socket_id_ = 0;
  std::map<uint32_t, std::unique_ptr<Target>> targets_;
  std::deque<std::string> closed_labels_;  // of listeners that are closed, the first of them first
  Snapshot totals_;                        // of what has ended: dead workers, connections accepted, errors
  uint64_t now_ns_ = 0;                    // when this turn began
  uint64_t retry_at_ns_ = 0;               // when to try again what only time mends; 0: nothing
  uint64_t accept_paused_since_ns_ = 0;    // 0: not paused
  uint64_t expire_at_ns_ = 0;     // when to look for connections beyond the queue timeout; 0: there are none
  uint32_t sleepless_ = 0;        // turns in a row that ended with news
  bool take_back_later_ = false;  // some offers of stalled workers are not due yet
  bool is_backlog_full_ = false;  // so many connections wait that workers are to keep theirs
  UniqueFd reserve_;              // room for the fd of the next record
  std::minstd_rand random_;
  Rebalancer rebalancer_{options_.rebalance_every_ns};
  std::map<uint32_t, uint32_t> early_ends_;  // by slot: in a row, of workers that had not lived for long
  uint64_t settle_at_ns_ = 0;                // when the next worker may be given more; 0: none waits for it

  // Scratch.
  std::vector<Target*> candidates_;
  std::vector<Candidate> loads_;  // of those
  std::vector<Returned> returned_;
  RecordBuffer buffer_;

  std::thread thread_;
};

}  // namespace baton

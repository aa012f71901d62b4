#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "channel.h"
#include "late_closes.h"
#include "ledger.h"
#include "outbox.h"
#include "vacancies.h"

namespace baton {

// The worker's end of its channel: takes what the primary hands over. Single-threaded, and knows nothing of
// the event loop, which its owner runs.
class Receiver {
 public:
  struct Claim {
    uint64_t seq = 0;
    bool offered_before = false;
    bool kept_alive = false;  // requests were answered on it, by a worker that has given it back
  };

  // Whom the receiver tells. Any call but the first may end in Receiver::close().
  class Handler {
   public:
    virtual ~Handler() = default;
    // How many more connections the listener's server takes; kManyVacancies: so many, or more. Asked before
    // each claim, and of a server that takes fewer, in each turn of the event loop.
    virtual uint32_t vacancies(uint32_t listener) = 0;
    // A connection that is this worker's from now on. Receiver::on_closed wants the claim back.
    virtual void on_connection(uint32_t listener, UniqueFd socket, Claim claim) = 0;
    virtual void on_control(std::string_view payload, UniqueFd fd) = 0;
    // Idle connections of these listeners are to be given back, so many at most; then end_order() is called.
    virtual void on_give_back_order(const GiveBackOrder& order) = 0;
  };
  enum class Outcome {
    kDrained,  // nothing more for now
    kMore,     // the batch was full; the channel stays readable
    kClosed,   // the primary is gone
  };

  // Reads the primary's first records, which are there before the worker is started. EPROTO if they are not.
  static Result<std::unique_ptr<Receiver>> open(UniqueFd socket);

  int fd() const { return channel_.fd(); }
  Outbox::Room room() const { return outbox_.room(); }

  // Claims at most that many connections: what is not claimed can still be another worker's, if this one is
  // killed, or blocked by what it has.
  Outcome receive(int most_connections, Handler& handler);

  // Which listeners' connections are claimed. Those of others are declined, for another worker to serve.
  void start_listening(uint32_t listener) { listening_.insert(listener); }
  int stop_listening(uint32_t listener);

  // The server of a listener that this worker was handed is full, and its socket closed: the primary is to
  // accept in its place, and to have `surplus`, which was accepted too many, if it is valid. `place`: the
  // listener's in the ledger. EPIPE, ENOBUFS: the primary does not hear of it, and the surplus is closed.
  int stop_accepting(uint32_t listener, uint32_t place, UniqueFd surplus);

  // Gives an idle connection of this worker's back to the primary, which offers it to another. The caller
  // closes its own fd then, and must neither shut it down nor report it as closed. `claim`: none for one that
  // this worker accepted by itself. EAGAIN: there is no room now; EPIPE: the primary is gone. Then it stays
  // this worker's.
  int give_back(int fd, uint32_t listener, Claim claim);

  // The order to give back is carried out; `movable`: the answer, where it was a question.
  int end_order(uint32_t movable);

  int send_control(std::string_view payload);
  // Call when the channel may have room again.
  void flush() { outbox_.flush(channel_); }

  // Tells how long the event loop has waited for events, since it began, in ns. Needed before the next three
  // are called: only so is known when a wait has ended, as nobody sees the first callback after it begin.
  void set_idle_clock(std::function<uint64_t()> idle_clock) { idle_clock_ = std::move(idle_clock); }

  // Looks how many more connections those servers take that do not take many, and tells the primary. Call
  // before on_waiting(): so whatever has made room in this turn, the primary hears of it.
  void look_for_vacancies(Handler& handler);
  bool has_few_vacancies() const { return vacancies_.are_few(); }

  // What the primary sees of this worker's load. The first three say where the event loop is: it is about to
  // wait for events; it has dealt with them; it runs callbacks. The first must be called on every turn: it
  // wakes the primary, if that sleeps and wants to hear of what has happened since the last time.
  void on_waiting();
  void on_turned();
  void on_running();
  // The first request of a connection; without a claim where it is not known.
  void on_request(Claim claim);
  // Where the number of requests that are being answered is kept, for whoever begins and ends them.
  std::atomic<uint64_t>* requests_place() { return ledger_.requests_place(); }
  // And where what becomes of requests is counted: by RequestCounts::Place.
  std::atomic<double>* request_counts_place() { return ledger_.request_counts_place(); }
  // A connection that was claimed is about to be closed, or to be reset. The primary is told, so that its
  // copy goes. Where a stalled worker may have a duplicate, to which it was offered before, that would hold
  // back the FIN or the RST, so that is sent here.
  void on_closing(int fd, Claim claim);
  void on_resetting(int fd, Claim claim);
  // Whether it is known that callbacks run, for whoever would call on_running() in vain: not 0 if it is.
  uint32_t* running_place() { return &running_; }
  // Whether connections that were closed wait for the primary to close its copies. Then one of the next two
  // must be called soon: on_waiting, or this, which waits no longer.
  bool has_late_closes() const { return !late_closes_.empty(); }
  void end_late_closes() { late_closes_.let_all_go(); }

  // In listener handoff: a connection was accepted from a listener that this worker was handed; so many
  // connections are open, those that came from the primary included.
  void on_own_accepted(uint32_t counter);
  void publish_own_connections(uint64_t all);

  // Takes nothing more: what is on its way is for the primary to take back. What was claimed stays.
  void leave();
  // The same for a process that ends: what was claimed and not touched is taken back too.
  void close();

 private:
  // True if it was claimed.
  bool on_offer(const Offered& offered, UniqueFd socket, Handler& handler);
  Result<UniqueFd> receive_fd_of(const Message& expected);
  void refuse(uint64_t seq, OfferState outcome);
  void tell_closed(Claim claim);
  void tell_done();
  void publish_phase(bool running, uint64_t since_ns);
  uint64_t woke_at_ns() const;
  void count_stall(uint64_t turn_ns);

  Channel channel_;
  Ledger ledger_;
  UniqueFd wake_;         // eventfd, for waking the primary
  uint32_t running_ = 0;  // the phase that was published last
  std::function<uint64_t()> idle_clock_;
  uint64_t waiting_since_ns_ = 0;  // when it was about to wait last; 0: it never was
  uint64_t idle_ns_ = 0;           // what the clock said then
  uint64_t stalled_ns_ = 0;
  uint64_t claimed_open_ = 0;
  uint32_t happened_ = 0;  // WakeOn bits, since the loop waited last
  LateCloses late_closes_;
  Outbox outbox_;
  std::unordered_set<uint32_t> listening_;
  Vacancies vacancies_{ledger_};
  RecordBuffer buffer_;
};

}  // namespace baton

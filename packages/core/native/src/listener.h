#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"
#include "target.h"
#include "unique_fd.h"

namespace baton {

// The dispatcher's view of one listening socket: where it gets connections from, and who serves them. Used
// under the dispatcher's lock only.
class Listener {
 public:
  enum class AcceptResult {
    kAccepted,
    kNothingYet,  // EAGAIN
    kFailed,      // that one connection failed while it was queued; the next may be well
    kExhausted,   // the process has no fds or memory: EMFILE, ENFILE, ENOBUFS, ENOMEM
    kUnusable,    // this socket cannot be accepted from, for now at least
  };

  // `accepted` counts the connections of all listeners of this label, and outlives the listener.
  Listener(uint32_t id, UniqueFd socket, std::string label, uint64_t& accepted)
      : id(id), label(std::move(label)), accepted(accepted), socket_(std::move(socket)) {}

  const uint32_t id;
  const std::string label;
  uint64_t& accepted;

  int fd() const { return socket_.get(); }
  // All but the first two leave accept4(2)'s errno in `error`. `with_client`: whose connection it is will be
  // asked for.
  AcceptResult accept(Connection& connection, bool with_client, int& error);
  // How many connections wait in the kernel's queue; 0 where the kernel does not tell (AF_UNIX).
  uint32_t queue_length() const;

  struct Serving {
    Target* target;
    uint64_t from_seq;  // the first of its offers that came after it began to serve
  };
  // In the order of their slots.
  const std::vector<Serving>& targets() const { return targets_; }
  void add_target(Target* target);
  void remove_target(const Target* target);
  // The target has declined this offer: it does not serve the listener, unless it has begun to since.
  void on_declined(const Target* target, uint64_t seq);

  std::deque<Connection> waiting;   // accepted or taken back, while no target had room
  uint32_t last_slot = UINT32_MAX;  // the slot chosen last; none yet
  bool watched = false;             // registered with the poller
  bool resting = false;             // kUnusable; until the dispatcher tries it again

 private:
  // More failed connections than this in a row are none: an error that leaves them in the queue would spin.
  static constexpr int kMostFailures = 16;

  UniqueFd socket_;
  int failures_ = 0;
  std::vector<Serving> targets_;
};

}  // namespace baton

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "connection.h"
#include "queue_watch.h"
#include "unique_fd.h"

namespace baton {

class Target;

// One listening socket of a listener. In connection handoff a listener has one, and the primary accepts from
// it. In listener handoff it has one a slot (SO_REUSEPORT), or one for all (a path): the workers that have
// been handed a duplicate accept for themselves, and the primary covers for them where none does. Of a path
// that was bound anew it has the one before too, as long as that is of use.
class ListeningSocket {
 public:
  static constexpr uint32_t kEverySlot = UINT32_MAX;

  enum class AcceptResult {
    kAccepted,
    kNothingYet,  // EAGAIN
    kFailed,      // that one connection failed while it was queued; the next may be well
    kExhausted,   // the process has no fds or memory: EMFILE, ENFILE, ENOBUFS, ENOMEM
    kUnusable,    // this socket cannot be accepted from, for now at least
  };

  // How the poller watches it.
  enum class Watch {
    kNo,
    kAccept,  // the primary accepts what comes
    kNotice,  // its worker does; the primary wants to hear once that something has come
  };

  ListeningSocket(uint32_t id, uint32_t listener, uint32_t slot, UniqueFd socket, uint64_t stall_after_ns)
      : id(id), listener(listener), slot(slot), queue_watch(stall_after_ns), socket_(std::move(socket)) {}

  const uint32_t id;
  const uint32_t listener;
  const uint32_t slot;

  int fd() const { return socket_.get(); }
  // All but the first two leave accept4(2)'s errno in `error`. `with_client`: whose connection it is will be
  // asked for. `closer`: the connection's.
  AcceptResult accept(Connection& connection, Closer& closer, bool with_client, int& error);
  // How many connections wait in the kernel's queue. The kernel does not tell for AF_UNIX.
  std::optional<uint32_t> queue_length() const;

  // Ends it for whoever has a duplicate, too: else the kernel would go on choosing it.
  void stop_listening();

  // Workers that accept from it: one, or all where it is for every slot.
  const std::vector<Target*>& holders() const { return holders_; }
  void add_holder(Target* target);
  void remove_holder(const Target* target);
  // Whether a worker that is well accepts from it: else the primary covers for it.
  bool is_held_well() const;

  Watch watched = Watch::kNo;
  bool resting = false;       // kUnusable; until the dispatcher tries it again
  uint64_t retire_at_ns = 0;  // when it is closed, with nothing new coming to it until then; 0: it stays
  QueueWatch queue_watch;     // while a worker holds it

 private:
  // More failed connections than this in a row are none: an error that leaves them in the queue would spin.
  static constexpr int kMostFailures = 16;

  UniqueFd socket_;
  int failures_ = 0;
  std::vector<Target*> holders_;
};

}  // namespace baton

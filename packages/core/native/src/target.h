#pragma once

#include <cstdint>
#include <string>

#include "channel.h"
#include "ledger.h"
#include "outbox.h"

namespace baton {

// What became of the connections offered to one worker.
struct TargetFigures {
  uint64_t claimed = 0;
  uint64_t given_back = 0;
  uint64_t lost = 0;         // reached the worker without their socket
  uint64_t open = 0;         // on their way
  uint64_t connections = 0;  // open in the worker, or on their way to it
};

// The dispatcher's view of one worker: whom it hands connections to. Used under the dispatcher's lock only.
class Target {
 public:
  Target(uint32_t id, uint32_t slot, Channel channel, Ledger ledger)
      : id(id), slot(slot), channel_(std::move(channel)), ledger_(std::move(ledger)) {}

  const uint32_t id;
  const uint32_t slot;

  const Channel& channel() const { return channel_; }
  Outbox::Room room() const { return outbox_.room(); }
  bool can_take() const { return room() == Outbox::Room::kFree && resting_until_ns_ == 0; }
  // Call when the channel may have room again.
  void flush() { outbox_.flush(channel_); }

  // Hands over a duplicate of the connection. False: no room; the caller keeps the connection and tries
  // another.
  bool offer(const UniqueFd& socket, uint32_t listener, uint64_t accepted_at_ns);
  // Errors as Outbox::send.
  int send_control(std::string_view payload, UniqueFd fd);
  // A worker returns a connection that it has not claimed. False: it had none to return, so it lies.
  bool take_back();

  TargetFigures figures() const;
  Latency latency() const;

  //   // A worker without room for fds loses the sockets that it is sent. True if it has lost some since the
  //   last call: it
  // gets none then until it has closed a connection, or a tenth of a second has passed, so that it cannot
  // swallow all of them. is_resting() ends the rest.
  bool rest_if_fds_were_lost();
  bool is_resting();

 private:
  Channel channel_;
  Ledger ledger_;
  Outbox outbox_;
  uint64_t offered_ = 0;
  uint64_t given_back_ = 0;
  uint64_t fds_lost_seen_ = 0;
  uint64_t closed_at_rest_ = 0;
  uint64_t resting_until_ns_ = 0;  // 0: not resting
};

}  // namespace baton

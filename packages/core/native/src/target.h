#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "channel.h"
#include "ledger.h"
#include "outbox.h"

namespace baton {

// The dispatcher's view of one worker: whom it hands connections to. Used under the dispatcher's lock only.
class Target {
 public:
  Target(uint32_t id, uint32_t slot, Channel channel, Ledger ledger)
      : id(id), slot(slot), channel_(std::move(channel)), ledger_(std::move(ledger)) {}

  const uint32_t id;
  const uint32_t slot;

  const Channel& channel() const { return channel_; }
  Outbox::Room room() const { return outbox_.room(); }
  bool can_take() const { return room() == Outbox::Room::kFree; }
  // Call when the channel may have room again.
  void flush() { outbox_.flush(channel_); }

  // Hands over a duplicate of the connection. False: no room; the caller keeps the connection and tries
  // another.
  bool offer(const UniqueFd& socket, uint32_t listener, uint64_t accepted_at_ns);
  // Errors as Outbox::send.
  int send_control(std::string_view payload, UniqueFd fd);
  // A worker returns a connection that it has not claimed. False: it had none to return, so it lies.
  bool take_back();

  // The worker's figures are bounded by what was offered to it: no ledger content makes any of these wrap
  // around.
  uint64_t given_back() const { return given_back_; }
  uint64_t claimed() const { return std::min(ledger_.claimed(), offered_ - given_back_); }
  // Offers that the worker has neither claimed nor given back.
  uint64_t open_offers() const { return offered_ - given_back_ - claimed(); }
  // Of those, the ones that reached the worker without their socket.
  uint64_t fds_lost() const { return std::min(ledger_.fds_lost(), open_offers()); }
  // Connections that the worker has, or is about to have.
  uint64_t connections() const { return offered_ - given_back_ - std::min(ledger_.closed(), claimed()); }
  Latency latency() const { return ledger_.latency(); }

 private:
  Channel channel_;
  Ledger ledger_;
  Outbox outbox_;
  uint64_t offered_ = 0;
  uint64_t given_back_ = 0;
};

}  // namespace baton

#pragma once

#include <deque>
#include <string>

#include "channel.h"

namespace baton {

// What one side still has to send over a channel. Records keep their order, and none is lost for want of
// room.
class Outbox {
 public:
  // Room in the channel for one more record.
  enum class Room {
    kFree,
    kChannelFull,  // EAGAIN: the channel becomes writable when the peer reads
    kRetryLater,   // ENOBUFS, ETOOMANYREFS: the kernel gives no event, so only time tells
    kGone,         // the peer hung up
  };

  Room room() const { return room_; }

  // Sends at once, with a duplicate of `fd`, or not at all. May be called only while there is room.
  bool try_send(const Channel& channel, std::string_view record, int fd);

  // Sends now or, behind what waits already, when flush() finds room. EPIPE: the peer is gone; ENOBUFS: too
  // many records wait for a peer that does not read.
  int send(const Channel& channel, std::string record, UniqueFd fd);

  // Call when the channel may have room again.
  void flush(const Channel& channel);

 private:
  struct Waiting {
    std::string record;
    UniqueFd fd;
  };
  static constexpr size_t kMostWaiting = 1024;

  Room room_ = Room::kFree;
  std::deque<Waiting> waiting_;
};

}  // namespace baton

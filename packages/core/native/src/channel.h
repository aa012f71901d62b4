#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "message.h"
#include "result.h"
#include "unique_fd.h"

namespace baton {

// Room for one record, reused from read to read.
using RecordBuffer = std::array<char, kMaxRecord>;

// What one recvmsg(2) brought.
struct Received {
  enum class Kind {
    kRecord,      // `record`, and `fd` if one came with it
    kNothingYet,  // EAGAIN
    kClosed,      // the peer closed its end, or died
    kRefused,     // a record that breaks the channel's rules
  };
  Kind kind = Kind::kNothingYet;
  std::string_view record;
  UniqueFd fd;       // none if none was sent, or if this process had no room for it (EMFILE; the kernel sets
                     // MSG_CTRUNC)
  UniqueFd surplus;  // of a refused record that came with more
};

// One end of an AF_UNIX SOCK_SEQPACKET socket pair (unix(7)) between two of our processes. One message is one
// record, with at most one fd. Never blocks.
class Channel {
 public:
  Channel() = default;
  explicit Channel(UniqueFd socket) : socket_(std::move(socket)) {}

  static Result<std::pair<Channel, Channel>> make_pair();

  int fd() const { return socket_.get(); }
  bool valid() const { return socket_.valid(); }
  UniqueFd take_socket() { return std::move(socket_); }
  void close() { socket_.reset(); }

  // Sends one record, with a duplicate of `fd` unless it is -1; the caller keeps its own. 0, or the errno of
  // sendmsg(2): see is_back_pressure; EPIPE and ECONNRESET mean the peer is gone; EMSGSIZE: longer than
  // kMaxRecord.
  int send(std::string_view record, int fd) const;

  Received receive(RecordBuffer& buffer) const;
  // The same, from a peer that is not believed. What the kernel drops of a record, since there is no room for
  // it here, is closed in the middle of recvmsg(2), and a close may wait (Closer). So the record is looked at
  // first (MSG_PEEK), which makes duplicates of its fds, and is taken when nothing of it can be the last.
  // One that is refused stays in the channel, which is to be closed.
  Received receive_warily(RecordBuffer& buffer) const;

 private:
  Received read(RecordBuffer& buffer, int flags) const;

  UniqueFd socket_;
};

// True for those errors of Channel::send after which the same record can be sent later.
bool is_back_pressure(int error);

}  // namespace baton

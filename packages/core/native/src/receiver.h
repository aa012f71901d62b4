#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "channel.h"
#include "ledger.h"
#include "outbox.h"

namespace baton {

// The worker's end of its channel: takes what the primary hands over. Single-threaded, and knows nothing of
// the event loop, which its owner runs.
class Receiver {
 public:
  // Whom the receiver tells. Any call may end in Receiver::close().
  class Handler {
   public:
    virtual ~Handler() = default;
    // A connection that is this worker's from now on.
    virtual void on_connection(uint32_t listener, UniqueFd socket) = 0;
    virtual void on_control(std::string_view payload, UniqueFd fd) = 0;
  };
  enum class Outcome {
    kDrained,  // nothing more for now
    kMore,     // the batch was full; the channel stays readable
    kClosed,   // the primary is gone
  };

  // Reads the primary's hello, which is there before the worker is started. EPROTO if it is not.
  static Result<std::unique_ptr<Receiver>> open(UniqueFd socket);

  int fd() const { return channel_.fd(); }
  Outbox::Room room() const { return outbox_.room(); }

  // Reads at most `batch` records, so that a flood of connections does not starve requests.
  Outcome receive(int batch, Handler& handler);

  // Which listeners' connections are taken. Those of others are given back, for another worker to serve.
  void start_listening(uint32_t listener) { listening_.insert(listener); }
  int stop_listening(uint32_t listener);

  int send_control(std::string_view payload);
  // Call when the channel may have room again.
  void flush() { outbox_.flush(channel_); }

  // A connection that was taken is no longer open.
  void count_closed() { ledger_.count_closed(); }
  // Takes nothing more. What is on its way is given back, so that nobody waits for a worker that has left.
  void close();

 private:
  void on_offer(const Offered& offered, UniqueFd socket, Handler& handler);

  Channel channel_;
  Ledger ledger_;
  Outbox outbox_;
  std::unordered_set<uint32_t> listening_;
  RecordBuffer buffer_;
};

}  // namespace baton

#pragma once

#include <napi.h>
#include <uv.h>

#include <cstdint>
#include <vector>

#include "receiver.h"

namespace baton {

// The listeners from which a worker accepts by itself, through Node's own handles: tells the receiver how
// many connections come, and are open, without any JavaScript for a connection. Main thread only; one a
// process.
class OwnListeners {
 public:
  explicit OwnListeners(Receiver& receiver) : receiver_(receiver) { instance_ = this; }
  ~OwnListeners() { instance_ = nullptr; }
  OwnListeners(const OwnListeners&) = delete;
  OwnListeners& operator=(const OwnListeners&) = delete;

  // The handle of `server`, a net.Server, listens on `fd`. False: this libuv has no such handle.
  bool add(Napi::Env env, int fd, uint32_t counter, Napi::Object server);
  // Call before the handle is closed.
  void remove(uint32_t counter);
  // Call once in each turn of the event loop, which is at `now_ms`. False: it was told of too short a while
  // ago; call again within some milliseconds.
  bool publish_connections(Napi::Env env, uint64_t now_ms);

 private:
  struct Entry {
    uv_stream_t* stream;             // null once the server is closed; its connections may be open still
    uv_connection_cb on_connection;  // Node's
    uint32_t counter;
    Napi::ObjectReference server;
  };

  static void on_connection(uv_stream_t* stream, int status);

  static OwnListeners* instance_;  // libuv's callback has no other way to it
  Receiver& receiver_;
  std::vector<Entry> entries_;
  uint64_t published_at_ms_ = 0;
  Napi::ObjectReference name_;  // an array of the property's name, since no reference to a string is possible
};

}  // namespace baton

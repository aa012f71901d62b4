#include "binding_own_listeners.h"

#include <algorithm>

namespace baton {
namespace {

struct Search {
  int fd;
  uv_stream_t* found;
};

// uv_walk(): finds the stream handle of a descriptor.
void match(uv_handle_t* handle, void* argument) {
  auto* search = static_cast<Search*>(argument);
  const uv_handle_type type = uv_handle_get_type(handle);
  if (type != UV_TCP && type != UV_NAMED_PIPE) return;
  uv_os_fd_t fd;
  if (uv_is_closing(handle) || uv_fileno(handle, &fd) != 0 || fd != search->fd) return;
  search->found = reinterpret_cast<uv_stream_t*>(handle);
}

// uv_stream_t has been laid out as in our headers since libuv 1.0, and libuv keeps it so for all of 1.x.
bool is_known_libuv() { return uv_version() >> 16 == 1; }

}  // namespace

OwnListeners* OwnListeners::instance_ = nullptr;

bool OwnListeners::add(Napi::Env env, int fd, uint32_t counter, Napi::Object server) {
  if (!is_known_libuv()) return false;
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  Search search{fd, nullptr};
  uv_walk(loop, match, &search);
  if (search.found == nullptr || search.found->connection_cb == nullptr) return false;
  remove(counter);
  if (name_.IsEmpty()) {
    auto names = Napi::Array::New(env, 1);
    names[0u] = Napi::String::New(env, "_connections");
    name_ = Napi::Persistent(names.As<Napi::Object>());
  }
  entries_.push_back({search.found, search.found->connection_cb, counter, Napi::Persistent(server)});
  search.found->connection_cb = on_connection;
  return true;
}

void OwnListeners::remove(uint32_t counter) {
  for (Entry& entry : entries_) {
    if (entry.counter != counter || entry.stream == nullptr) continue;
    entry.stream->connection_cb = entry.on_connection;
    entry.stream = nullptr;
  }
}

// What it calls last is JavaScript in the end, which may close the server.
void OwnListeners::on_connection(uv_stream_t* stream, int status) {
  OwnListeners& self = *instance_;
  const auto found = std::find_if(self.entries_.begin(), self.entries_.end(),
                                  [&](const Entry& entry) { return entry.stream == stream; });
  if (status == 0) self.receiver_.on_own_accepted(found->counter);
  found->on_connection(stream, status);
}

// net.Server counts them anyway. Under load, where a turn brings one connection, reading that in each turn
// would be half a percent of what a connection costs.
bool OwnListeners::publish_connections(Napi::Env env, uint64_t now_ms) {
  if (entries_.empty()) return true;
  if (now_ms == published_at_ms_) return false;
  published_at_ms_ = now_ms;
  Napi::HandleScope scope(env);
  napi_value name = nullptr;
  if (napi_get_element(env, name_.Value(), 0, &name) != napi_ok) return true;
  uint64_t all = 0;
  const auto is_over = [&](const Entry& entry) {
    napi_value count = nullptr;
    uint32_t number = 0;
    if (napi_get_property(env, entry.server.Value(), name, &count) == napi_ok) {
      napi_get_value_uint32(env, count, &number);
    }
    all += number;
    return entry.stream == nullptr && number == 0;
  };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_over), entries_.end());
  receiver_.publish_own_connections(all);
  return true;
}

}  // namespace baton

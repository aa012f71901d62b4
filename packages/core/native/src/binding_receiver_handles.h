#pragma once

#include <uv.h>

#include <array>

namespace baton {

// What a receiver has in Node's event loop. None of it keeps the loop alive. libuv needs its handles until
// their close callbacks have run, which may be after their user's end: so they delete themselves.
class ReceiverHandles {
 public:
  uv_poll_t poll;
  uv_timer_t retry;
  uv_timer_t once_more;
  uv_prepare_t prepare;
  uv_check_t check;

  // `user` is every handle's data.
  static ReceiverHandles* open(uv_loop_t* loop, int fd, void* user) {
    auto* handles = new ReceiverHandles;
    uv_poll_init(loop, &handles->poll, fd);
    uv_timer_init(loop, &handles->retry);
    uv_timer_init(loop, &handles->once_more);
    uv_prepare_init(loop, &handles->prepare);
    uv_check_init(loop, &handles->check);
    for (uv_handle_t* handle : handles->all()) {
      handle->data = user;
      uv_unref(handle);
    }
    return handles;
  }

  // No callback comes any more. They are not to be used from here on.
  void close() {
    for (uv_handle_t* handle : all()) {
      handle->data = this;
      uv_close(handle, on_closed);
    }
  }

 private:
  ReceiverHandles() = default;
  ~ReceiverHandles() = default;

  std::array<uv_handle_t*, 5> all() {
    return {reinterpret_cast<uv_handle_t*>(&poll), reinterpret_cast<uv_handle_t*>(&retry),
            reinterpret_cast<uv_handle_t*>(&once_more), reinterpret_cast<uv_handle_t*>(&prepare),
            reinterpret_cast<uv_handle_t*>(&check)};
  }

  static void on_closed(uv_handle_t* handle) {
    auto* handles = static_cast<ReceiverHandles*>(handle->data);
    if (--handles->left_ == 0) delete handles;
  }

  int left_ = 5;
};

}  // namespace baton

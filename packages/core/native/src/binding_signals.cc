#include <uv.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "binding.h"
#include "signals.h"

namespace baton {
namespace {

// Tells JavaScript of the signals that come from outside. While it watches one, libuv has a handler for it,
// whether or not JavaScript listens: libuv would end that with the last of its own watchers, so one of them
// is here. None of this keeps the event loop alive.
class SignalsWrap : public Napi::ObjectWrap<SignalsWrap> {
 public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports["Signals"] = DefineClass(
        env, "Signals",
        {InstanceMethod<&SignalsWrap::watch>("watch"), InstanceMethod<&SignalsWrap::set_heard>("setHeard")});
  }

  // new Signals(onSignal(number, sender, atMs))
  explicit SignalsWrap(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<SignalsWrap>(info),
        on_signal_(Napi::Persistent(info[0].As<Napi::Function>())),
        async_(info.Env(), "BATONSIGNALS") {
    napi_get_uv_event_loop(info.Env(), &loop_);
    const auto fd = signal_fd();
    if (!fd.ok()) {
      Napi::Error::New(info.Env(), "cannot create a file descriptor for signals")
          .ThrowAsJavaScriptException();
      return;
    }
    poll_ = new uv_poll_t;
    uv_poll_init(loop_, poll_, fd.value);
    poll_->data = this;
    uv_poll_start(poll_, UV_READABLE, on_poll);
    uv_unref(reinterpret_cast<uv_handle_t*>(poll_));
    Ref();  // lives as long as the environment
    napi_add_env_cleanup_hook(info.Env(), on_cleanup, this);
  }

 private:
  static void on_poll(uv_poll_t* handle, int, int) {
    auto* self = static_cast<SignalsWrap*>(handle->data);
    const Napi::Env env = self->Env();
    Napi::HandleScope scope(env);
    for (const OutsideSignal& signal : take_signals()) {
      Napi::CallbackScope callback(env, self->async_);
      self->on_signal_.Call(env.Global(),
                            {Napi::Number::New(env, signal.number), Napi::Number::New(env, signal.sender),
                             Napi::Number::New(env, static_cast<double>(signal.at_ns) / 1e6)});
      raise_pending_exception(env);
    }
  }

  static void on_cleanup(void* data) {
    auto* self = static_cast<SignalsWrap*>(data);
    close(self->poll_);
    for (uv_signal_t*& watcher : self->watchers_) close(watcher);
  }

  // libuv needs a handle until its close callback has run.
  template <typename Handle>
  static void close(Handle*& handle) {
    if (handle == nullptr) return;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
    handle = nullptr;
  }

  // watch(number): 0 or an errno.
  Napi::Value watch(const Napi::CallbackInfo& info) {
    const int number = info[0].As<Napi::Number>().Int32Value();
    if (poll_ == nullptr || number < 1 || number >= NSIG) return Napi::Number::New(info.Env(), EINVAL);
    uv_signal_t*& watcher = watchers_[static_cast<size_t>(number)];
    if (watcher == nullptr) {
      watcher = new uv_signal_t;
      uv_signal_init(loop_, watcher);
      uv_unref(reinterpret_cast<uv_handle_t*>(watcher));
      uv_signal_start(
          watcher, [](uv_signal_t*, int) {}, number);
    }
    return Napi::Number::New(info.Env(), watch_signal(number));
  }

  // setHeard(number, isHeard)
  void set_heard(const Napi::CallbackInfo& info) {
    set_signal_heard(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::Boolean>().Value());
  }

  Napi::FunctionReference on_signal_;
  Napi::AsyncContext async_;
  uv_loop_t* loop_ = nullptr;
  uv_poll_t* poll_ = nullptr;
  std::array<uv_signal_t*, NSIG> watchers_{};
};

}  // namespace

void export_signals(Napi::Env env, Napi::Object exports) { SignalsWrap::define(env, exports); }

}  // namespace baton

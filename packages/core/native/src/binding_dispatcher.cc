#include <cerrno>
#include <memory>

#include "binding.h"
#include "dispatcher.h"

namespace baton {
namespace {

// Turns an event into a call of JavaScript's (kind, target, detail).
void call_listener(Napi::Env env, Napi::Function listener, std::nullptr_t*, DispatcherEvent* event) {
  const std::unique_ptr<DispatcherEvent> owned(event);
  if (env == nullptr) return;  // the environment is being torn down
  Napi::HandleScope scope(env);
  if (const auto* control = std::get_if<ControlArrived>(event)) {
    listener.Call({Napi::String::New(env, "control"), Napi::Number::New(env, control->target),
                   Napi::String::New(env, control->payload)});
  } else if (const auto* left = std::get_if<ListenerLeft>(event)) {
    listener.Call({Napi::String::New(env, "left"), Napi::Number::New(env, left->target),
                   Napi::Number::New(env, left->listener)});
  } else if (const auto* gone = std::get_if<TargetGone>(event)) {
    listener.Call({Napi::String::New(env, "gone"), Napi::Number::New(env, gone->target), env.Undefined()});
  }
  // Node itself would only warn of what is thrown in a thread-safe function's callback.
  if (!env.IsExceptionPending()) return;
  const Napi::Error error = env.GetAndClearPendingException();
  napi_fatal_exception(env, error.Value());
}

using EventQueue = Napi::TypedThreadSafeFunction<std::nullptr_t, DispatcherEvent, call_listener>;

uint32_t to_id(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

class DispatcherWrap : public Napi::ObjectWrap<DispatcherWrap> {
 public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports["Dispatcher"] =
        DefineClass(env, "Dispatcher",
                    {
                        InstanceMethod<&DispatcherWrap::start>("start"),
                        InstanceMethod<&DispatcherWrap::stop>("stop"),
                        InstanceMethod<&DispatcherWrap::add_listener>("addListener"),
                        InstanceMethod<&DispatcherWrap::remove_listener>("removeListener"),
                        InstanceMethod<&DispatcherWrap::add_target>("addTarget"),
                        InstanceMethod<&DispatcherWrap::serve>("serve"),
                        InstanceMethod<&DispatcherWrap::send_control>("sendControl"),
                        InstanceMethod<&DispatcherWrap::snapshot>("snapshot"),
                    });
  }

  // new Dispatcher(policy, onEvent)
  explicit DispatcherWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<DispatcherWrap>(info) {
    const auto policy = parse_policy(info[0].As<Napi::String>().Utf8Value());
    if (!policy) {
      Napi::TypeError::New(info.Env(), "unknown policy").ThrowAsJavaScriptException();
      return;
    }
    events_ = EventQueue::New(info.Env(), info[1].As<Napi::Function>(), "baton.dispatcher", 0, 1);
    events_.Unref(info.Env());  // the workers keep the primary alive, not this queue
    dispatcher_ = std::make_unique<Dispatcher>(*policy, [events = events_](DispatcherEvent event) {
      auto owned = std::make_unique<DispatcherEvent>(std::move(event));
      if (events.NonBlockingCall(owned.get()) == napi_ok) (void)owned.release();
    });
    // The thread must have ended before Node takes the queue away.
    napi_add_env_cleanup_hook(info.Env(), on_cleanup, this);
  }

  ~DispatcherWrap() override {
    if (!dispatcher_) return;
    napi_remove_env_cleanup_hook(Env(), on_cleanup, this);
    end();
  }

 private:
  static void on_cleanup(void* self) { static_cast<DispatcherWrap*>(self)->end(); }

  void end() {
    if (ended_) return;
    ended_ = true;
    dispatcher_->stop();
    events_.Release();
  }

  Napi::Value start(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), dispatcher_->start());
  }

  void stop(const Napi::CallbackInfo&) { end(); }

  // addListener(id, socket, label)
  Napi::Value add_listener(const Napi::CallbackInfo& info) {
    UniqueFd socket = take_socket(info[1]);
    const int error = socket.valid() ? dispatcher_->add_listener(to_id(info[0]), std::move(socket),
                                                                 info[2].As<Napi::String>().Utf8Value())
                                     : EBADF;
    return Napi::Number::New(info.Env(), error);
  }

  void remove_listener(const Napi::CallbackInfo& info) { dispatcher_->remove_listener(to_id(info[0])); }

  // addTarget(id, slot): the worker's end of a new channel, with the ledger already under way in it; or an
  // errno.
  Napi::Value add_target(const Napi::CallbackInfo& info) {
    auto pair = Channel::make_pair();
    if (!pair.ok()) return Napi::Number::New(info.Env(), pair.error);
    auto created = Ledger::create();
    if (!created.ok()) return Napi::Number::New(info.Env(), created.error);
    auto& [ours, theirs] = pair.value;
    const auto hello = encode(HelloMessage{});
    int error = ours.send({hello.data(), hello.size()}, created.value.memfd.get());
    if (error == 0) {
      error = dispatcher_->add_target(to_id(info[0]), to_id(info[1]), std::move(ours),
                                      std::move(created.value.ledger));
    }
    if (error != 0) return Napi::Number::New(info.Env(), error);
    return wrap_socket(info.Env(), theirs.take_socket());
  }

  // serve(target, listener)
  Napi::Value serve(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), dispatcher_->serve(to_id(info[0]), to_id(info[1])));
  }

  // sendControl(target, payload, socket?): the socket goes as a duplicate.
  Napi::Value send_control(const Napi::CallbackInfo& info) {
    UniqueFd socket;
    if (!info[2].IsUndefined()) {
      socket = duplicate_socket(info[2]);
      if (!socket.valid()) return Napi::Number::New(info.Env(), EBADF);
    }
    return Napi::Number::New(
        info.Env(),
        dispatcher_->send_control(to_id(info[0]), info[1].As<Napi::String>().Utf8Value(), std::move(socket)));
  }

  Napi::Value snapshot(const Napi::CallbackInfo& info) {
    return to_object(info.Env(), dispatcher_->snapshot());
  }

  EventQueue events_;
  std::unique_ptr<Dispatcher> dispatcher_;
  bool ended_ = false;
};

}  // namespace

void export_dispatcher(Napi::Env env, Napi::Object exports) { DispatcherWrap::define(env, exports); }

}  // namespace baton

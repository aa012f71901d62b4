#include <cerrno>
#include <memory>

#include "binding.h"
#include "dispatcher.h"

namespace baton {
namespace {

struct Told {
  DispatcherEvent event;
  std::weak_ptr<Dispatcher> by;

  void acknowledge(uint32_t target) const {
    if (const auto dispatcher = by.lock()) dispatcher->acknowledge(target);
  }
};

// Turns an event into a call of JavaScript's (kind, target, detail).
void call_listener(Napi::Env env, Napi::Function listener, std::nullptr_t*, Told* told) {
  const std::unique_ptr<Told> owned(told);
  if (env == nullptr) return;  // the environment is being torn down
  Napi::HandleScope scope(env);
  const DispatcherEvent& event = told->event;
  if (const auto* control = std::get_if<ControlArrived>(&event)) {
    listener.Call({Napi::String::New(env, "control"), Napi::Number::New(env, control->target),
                   Napi::String::New(env, control->payload)});
    told->acknowledge(control->target);
  } else if (const auto* left = std::get_if<ListenerLeft>(&event)) {
    listener.Call({Napi::String::New(env, "left"), Napi::Number::New(env, left->target),
                   Napi::Number::New(env, left->listener)});
    told->acknowledge(left->target);
  } else if (const auto* gone = std::get_if<TargetGone>(&event)) {
    listener.Call({Napi::String::New(env, "gone"), Napi::Number::New(env, gone->target), env.Undefined()});
  }
  // Node itself would only warn of what is thrown in a thread-safe function's callback.
  raise_pending_exception(env);
}

using EventQueue = Napi::TypedThreadSafeFunction<std::nullptr_t, Told, call_listener>;

uint64_t to_ns(const Napi::Value& milliseconds) {
  return static_cast<uint64_t>(milliseconds.As<Napi::Number>().DoubleValue() * 1e6);
}

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
                        InstanceMethod<&DispatcherWrap::add_socket>("addSocket"),
                        InstanceMethod<&DispatcherWrap::keep_socket>("keepSocket"),
                        InstanceMethod<&DispatcherWrap::retire_socket>("retireSocket"),
                        InstanceMethod<&DispatcherWrap::retire_older>("retireOlder"),
                        InstanceMethod<&DispatcherWrap::remove_listener>("removeListener"),
                        InstanceMethod<&DispatcherWrap::add_target>("addTarget"),
                        InstanceMethod<&DispatcherWrap::serve>("serve"),
                        InstanceMethod<&DispatcherWrap::hand_over>("handOver"),
                        InstanceMethod<&DispatcherWrap::hold>("hold"),
                        InstanceMethod<&DispatcherWrap::drain>("drain"),
                        InstanceMethod<&DispatcherWrap::send_control>("sendControl"),
                        InstanceMethod<&DispatcherWrap::snapshot>("snapshot"),
                    });
  }

  // new Dispatcher({ policy, stallAfterMs, maxOpenOffers, queueTimeoutMs, rebalance }, onEvent)
  explicit DispatcherWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<DispatcherWrap>(info) {
    const auto given = info[0].As<Napi::Object>();
    const auto policy = parse_policy(given.Get("policy").As<Napi::String>().Utf8Value());
    const auto most_open_offers = given.Get("maxOpenOffers").As<Napi::Number>().Uint32Value();
    if (!policy || most_open_offers == 0 || most_open_offers > LedgerMemory::kOffers) {
      Napi::TypeError::New(info.Env(), "unknown policy, or maxOpenOffers out of range")
          .ThrowAsJavaScriptException();
      return;
    }
    DispatcherOptions options;
    options.policy = *policy;
    options.stall_after_ns = to_ns(given.Get("stallAfterMs"));
    options.most_open_offers = most_open_offers;
    options.queue_timeout_ns = to_ns(given.Get("queueTimeoutMs"));
    if (!given.Get("rebalance").As<Napi::Boolean>().Value()) options.rebalance_every_ns = 0;
    events_ = EventQueue::New(info.Env(), info[1].As<Napi::Function>(), "baton.dispatcher", 0, 1);
    events_.Unref(info.Env());  // the workers keep the primary alive, not this queue
    const auto self = std::make_shared<std::weak_ptr<Dispatcher>>();
    dispatcher_ = std::make_shared<Dispatcher>(options, [events = events_, self](DispatcherEvent event) {
      auto told = std::make_unique<Told>(Told{std::move(event), *self});
      if (events.NonBlockingCall(told.get()) == napi_ok) (void)told.release();
    });
    *self = dispatcher_;
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

  // addListener(id, place, label)
  Napi::Value add_listener(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), dispatcher_->add_listener(to_id(info[0]), to_id(info[1]),
                                                                   info[2].As<Napi::String>().Utf8Value()));
  }

  // addSocket(listener, slot, socket, backlog). `slot`: undefined for every slot.
  Napi::Value add_socket(const Napi::CallbackInfo& info) {
    const uint32_t slot = info[1].IsUndefined() ? ListeningSocket::kEverySlot : to_id(info[1]);
    UniqueFd socket = take_socket(info[2]);
    if (!socket.valid()) return Napi::Number::New(info.Env(), EBADF);
    const int backlog = info[3].As<Napi::Number>().Int32Value();
    return Napi::Number::New(info.Env(),
                             dispatcher_->add_socket(to_id(info[0]), slot, std::move(socket), backlog));
  }

  // keepSocket(listener, slot), retireSocket(listener, slot)
  Napi::Value keep_socket(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), dispatcher_->keep_socket(to_id(info[0]), to_id(info[1])));
  }
  void retire_socket(const Napi::CallbackInfo& info) {
    dispatcher_->retire_socket(to_id(info[0]), to_id(info[1]));
  }
  void retire_older(const Napi::CallbackInfo& info) { dispatcher_->retire_older(to_id(info[0])); }

  void remove_listener(const Napi::CallbackInfo& info) { dispatcher_->remove_listener(to_id(info[0])); }

  // addTarget(id, slot): the worker's end of a new channel; or an errno.
  Napi::Value add_target(const Napi::CallbackInfo& info) {
    auto channel = dispatcher_->add_target(to_id(info[0]), to_id(info[1]));
    if (!channel.ok()) return Napi::Number::New(info.Env(), channel.error);
    return wrap_socket(info.Env(), std::move(channel.value));
  }

  // serve(target, listener)
  Napi::Value serve(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), dispatcher_->serve(to_id(info[0]), to_id(info[1])));
  }

  // handOver(target, listener, counter, payload)
  Napi::Value hand_over(const Napi::CallbackInfo& info) {
    const std::string payload = info[3].As<Napi::String>().Utf8Value();
    return Napi::Number::New(info.Env(),
                             dispatcher_->hand_over(to_id(info[0]), to_id(info[1]), to_id(info[2]), payload));
  }

  // hold(target, listener)
  void hold(const Napi::CallbackInfo& info) { dispatcher_->hold(to_id(info[0]), to_id(info[1])); }

  // drain(target)
  Napi::Value drain(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), dispatcher_->drain(to_id(info[0])));
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
  std::shared_ptr<Dispatcher> dispatcher_;
  bool ended_ = false;
};

}  // namespace

void export_dispatcher(Napi::Env env, Napi::Object exports) { DispatcherWrap::define(env, exports); }

}  // namespace baton

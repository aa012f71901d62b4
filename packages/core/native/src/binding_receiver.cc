#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <utility>

#include "binding.h"
#include "binding_claim.h"
#include "binding_own_listeners.h"
#include "binding_receiver_handles.h"
#include "hang_up_watch.h"
#include "receiver.h"

namespace baton {
namespace {

// Connections claimed in one turn of the event loop; libuv comes back for the rest when their requests have
// been begun. Few, since what is claimed can be nobody else's; but each turn has its price: one costs a third
// of the throughput (bench: churn), eight cost nothing.
constexpr int kMostConnections = 8;
constexpr uint64_t kRetryMs = 20;

// After how long the event loop turns once more, for what it could not do yet. For a closed connection that
// waits until the primary has closed its copy: a little longer than that takes under load, when it matters
// who is last.
constexpr uint64_t kOnceMoreMs = 10;

// Runs a Receiver on Node's event loop and tells JavaScript what it brings.
class ReceiverWrap : public Napi::ObjectWrap<ReceiverWrap>, private Receiver::Handler {
 public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports["Receiver"] = DefineClass(env, "Receiver",
                                      {
                                          InstanceMethod<&ReceiverWrap::start_listening>("startListening"),
                                          InstanceMethod<&ReceiverWrap::stop_listening>("stopListening"),
                                          InstanceMethod<&ReceiverWrap::stop_accepting>("stopAccepting"),
                                          InstanceMethod<&ReceiverWrap::send_control>("sendControl"),
                                          InstanceMethod<&ReceiverWrap::give_back>("giveBack"),
                                          InstanceMethod<&ReceiverWrap::end_order>("endOrder"),
                                          InstanceMethod<&ReceiverWrap::on_request>("onRequest"),
                                          InstanceAccessor<&ReceiverWrap::requests>("requests"),
                                          InstanceAccessor<&ReceiverWrap::request_counts>("requestCounts"),
                                          InstanceAccessor<&ReceiverWrap::running>("running"),
                                          InstanceMethod<&ReceiverWrap::on_closing>("onClosing"),
                                          InstanceMethod<&ReceiverWrap::on_resetting>("onResetting"),
                                          InstanceMethod<&ReceiverWrap::own>("own"),
                                          InstanceMethod<&ReceiverWrap::disown>("disown"),
                                          InstanceMethod<&ReceiverWrap::ref>("ref"),
                                          InstanceMethod<&ReceiverWrap::unref>("unref"),
                                          InstanceMethod<&ReceiverWrap::end_if_blocked>("endIfBlocked"),
                                          InstanceMethod<&ReceiverWrap::leave>("leave"),
                                      });
  }

  // new Receiver(fd, vacancies(listener), onConnection(listener, fd, claim, keptAlive), onControl(payload,
  // fd), onGiveBackOrder(connections, listeners), onRoom(), onClose()). Takes the fd.
  explicit ReceiverWrap(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<ReceiverWrap>(info),
        vacancies_(Napi::Persistent(info[1].As<Napi::Function>())),
        on_connection_(Napi::Persistent(info[2].As<Napi::Function>())),
        on_control_(Napi::Persistent(info[3].As<Napi::Function>())),
        on_give_back_order_(Napi::Persistent(info[4].As<Napi::Function>())),
        on_room_(Napi::Persistent(info[5].As<Napi::Function>())),
        on_close_(Napi::Persistent(info[6].As<Napi::Function>())),
        async_(info.Env(), "BATONCHANNEL") {
    UniqueFd socket(info[0].As<Napi::Number>().Int32Value());
    // Inherited across exec(2), so it came without the flag: children of the app must not have it.
    ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    auto opened = Receiver::open(std::move(socket));
    if (!opened.ok()) {
      Napi::Error::New(info.Env(), "the channel's first records come from another version of Baton")
          .ThrowAsJavaScriptException();
      return;
    }
    receiver_ = std::move(opened.value);
    own_listeners_ = std::make_unique<OwnListeners>(*receiver_);
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(info.Env(), &loop);
    receiver_->set_idle_clock([loop] { return uv_metrics_idle_time(loop); });
    handles_ = ReceiverHandles::open(loop, receiver_->fd(), this);
    uv_prepare_start(&handles_->prepare, on_prepare);
    uv_check_start(&handles_->check, [](uv_check_t* handle) { receiver_of(handle).on_turned(); });
    watch();
    Ref();  // lives as long as the channel is open
    napi_add_env_cleanup_hook(info.Env(), on_cleanup, this);
  }

 private:
  template <typename Handle>
  static Receiver& receiver_of(Handle* handle) {
    return *static_cast<ReceiverWrap*>(handle->data)->receiver_;
  }

  // In libuv's turn this comes before it computes how long to wait for timers.
  static void on_prepare(uv_prepare_t* handle) {
    auto* self = static_cast<ReceiverWrap*>(handle->data);
    const bool is_told = self->own_listeners_->publish_connections(self->Env(), uv_now(handle->loop));
    self->look_for_vacancies();
    if (self->hang_up_watch_) self->hang_up_watch_->on_turn();
    self->receiver_->on_waiting();
    uv_timer_t* timer = &self->handles_->once_more;
    if (is_told && !self->receiver_->has_late_closes()) {
      uv_timer_stop(timer);
    } else if (uv_is_active(reinterpret_cast<uv_handle_t*>(timer)) == 0) {
      uv_timer_start(timer, on_once_more, kOnceMoreMs, 0);
    }
  }

  // However room was made: a connection that ends does not tell, nor does a property that is set.
  void look_for_vacancies() {
    if (!receiver_->has_few_vacancies()) return;
    Napi::HandleScope scope(Env());
    receiver_->look_for_vacancies(*this);
  }

  static void on_once_more(uv_timer_t* handle) { receiver_of(handle).end_late_closes(); }

  static void on_cleanup(void* self) { static_cast<ReceiverWrap*>(self)->shut(); }

  // Without JavaScript, so that it may run while the environment ends.
  void shut() {
    if (handles_ == nullptr) return;
    hang_up_watch_.reset();  // before the channel, which it borrows
    std::exchange(handles_, nullptr)->close();
    receiver_->close();
  }

  void watch() {
    if (handles_ == nullptr) return;
    const bool full = receiver_->room() == Outbox::Room::kChannelFull;
    uv_poll_start(&handles_->poll, full ? UV_READABLE | UV_WRITABLE : UV_READABLE, on_poll);
    if (receiver_->room() == Outbox::Room::kRetryLater)
      uv_timer_start(&handles_->retry, on_retry, kRetryMs, 0);
  }

  static void on_retry(uv_timer_t* handle) {
    auto* self = static_cast<ReceiverWrap*>(handle->data);
    Napi::HandleScope scope(self->Env());
    self->flush();
    self->watch();
  }

  // Tells of room for what could not be given back.
  void flush() {
    receiver_->flush();
    if (receiver_->room() != Outbox::Room::kFree || !std::exchange(wants_room_, false)) return;
    call(on_room_, {});
  }

  static void on_poll(uv_poll_t* handle, int status, int events) {
    auto* self = static_cast<ReceiverWrap*>(handle->data);
    Napi::HandleScope scope(self->Env());
    self->receiver_->on_running();
    if (status == 0 && (events & UV_WRITABLE) != 0) self->flush();
    if (self->handles_ == nullptr) return;
    // Also when libuv reports an error, which it does for a hang-up that left records of ours unread: what
    // the primary has sent before is there, and reading tells the end.
    const auto outcome = self->receiver_->receive(kMostConnections, *self);
    if (self->handles_ == nullptr) return;  // closed by what it called
    if (outcome == Receiver::Outcome::kClosed) {
      self->end();
      self->call(self->on_close_, {});
    } else if (status != 0 || (events & UV_WRITABLE) != 0 || self->receiver_->room() != Outbox::Room::kFree) {
      self->watch();  // libuv stops the poll at an error
    }
  }

  // As Node does for its own handles: an exception is uncaught, and next ticks and promises run after each
  // call, also after one that threw; for that the exception must be dealt with before the scope ends.
  void call(const Napi::FunctionReference& function, const std::vector<napi_value>& arguments) {
    const Napi::Env env = Env();
    Napi::CallbackScope scope(env, async_);
    function.Call(env.Global(), arguments);
    raise_pending_exception(env);
  }

  // Runs for each connection. It is no callback of the app's, so that nothing has to run after it.
  uint32_t vacancies(uint32_t listener) override {
    Napi::HandleScope scope(Env());
    const Napi::Value found = vacancies_.Call({Napi::Number::New(Env(), listener)});
    if (!found.IsEmpty()) return found.As<Napi::Number>().Uint32Value();
    Env().GetAndClearPendingException();  // of a getter, which Node will call, too
    return LedgerMemory::kManyVacancies;
  }

  // The number is JavaScript's to own: it opens a handle on it at once, or closes it.
  void on_connection(uint32_t listener, UniqueFd socket, Receiver::Claim claim) override {
    Napi::HandleScope scope(Env());
    call(on_connection_, {Napi::Number::New(Env(), listener), Napi::Number::New(Env(), socket.release()),
                          from_claim(Env(), claim), Napi::Boolean::New(Env(), claim.kept_alive)});
  }

  void on_control(std::string_view payload, UniqueFd fd) override {
    Napi::HandleScope scope(Env());
    call(on_control_,
         {Napi::String::New(Env(), payload.data(), payload.size()), Napi::Number::New(Env(), fd.release())});
  }

  void on_give_back_order(const GiveBackOrder& order) override {
    Napi::HandleScope scope(Env());
    auto listeners = Napi::Array::New(Env(), order.listeners.size());
    for (uint32_t i = 0; i < order.listeners.size(); ++i) listeners[i] = order.listeners[i];
    call(on_give_back_order_, {Napi::Number::New(Env(), order.connections), listeners});
  }

  void end() {
    if (handles_ == nullptr) return;
    napi_remove_env_cleanup_hook(Env(), on_cleanup, this);
    shut();
    Unref();
  }

  void start_listening(const Napi::CallbackInfo& info) {
    receiver_->start_listening(info[0].As<Napi::Number>().Uint32Value());
  }

  void stop_listening(const Napi::CallbackInfo& info) {
    receiver_->stop_listening(info[0].As<Napi::Number>().Uint32Value());
    watch();
  }

  // stopAccepting(listener, place, fd). `fd`: of the connection that was accepted too many, which the caller
  // closes if this is 0; or -1. Where only that connection cannot be sent, the primary hears of the rest.
  Napi::Value stop_accepting(const Napi::CallbackInfo& info) {
    if (handles_ == nullptr) return Napi::Number::New(info.Env(), EPIPE);
    const int fd = info[2].As<Napi::Number>().Int32Value();
    UniqueFd surplus(fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    const int kept = fd >= 0 && !surplus.valid() ? errno : 0;
    const int error = receiver_->stop_accepting(info[0].As<Napi::Number>().Uint32Value(),
                                                info[1].As<Napi::Number>().Uint32Value(), std::move(surplus));
    watch();
    return Napi::Number::New(info.Env(), error != 0 ? error : kept);
  }

  // sendControl(payload): 0 or an errno.
  Napi::Value send_control(const Napi::CallbackInfo& info) {
    const int error =
        handles_ == nullptr ? EPIPE : receiver_->send_control(info[0].As<Napi::String>().Utf8Value());
    watch();
    return Napi::Number::New(info.Env(), error);
  }

  // giveBack(fd, listener, claim, keptAlive): 0, or EAGAIN: onRoom is called when there is room.
  Napi::Value give_back(const Napi::CallbackInfo& info) {
    if (handles_ == nullptr) return Napi::Number::New(info.Env(), EPIPE);
    Receiver::Claim claim = to_claim(info[2]);
    claim.kept_alive = info[3].As<Napi::Boolean>().Value();
    const int error = receiver_->give_back(info[0].As<Napi::Number>().Int32Value(),
                                           info[1].As<Napi::Number>().Uint32Value(), claim);
    if (error == EAGAIN && !std::exchange(wants_room_, true)) watch();
    return Napi::Number::New(info.Env(), error);
  }

  // endOrder(movable)
  void end_order(const Napi::CallbackInfo& info) {
    if (handles_ == nullptr) return;
    receiver_->end_order(info[0].As<Napi::Number>().Uint32Value());
    watch();
  }

  // onRequest(claim)
  void on_request(const Napi::CallbackInfo& info) { receiver_->on_request(to_claim(info[0])); }
  // requests: the ledger's memory itself, since a call for the end of each request costs more than all else
  // that is done for it.
  Napi::Value requests(const Napi::CallbackInfo& info) {
    return Napi::ArrayBuffer::New(info.Env(), receiver_->requests_place(), sizeof(uint64_t));
  }
  Napi::Value request_counts(const Napi::CallbackInfo& info) {
    return Napi::ArrayBuffer::New(info.Env(), receiver_->request_counts_place(),
                                  RequestCounts::kPlaces * sizeof(double));
  }
  // running: the receiver's memory itself, for the same reason.
  Napi::Value running(const Napi::CallbackInfo& info) {
    return Napi::ArrayBuffer::New(info.Env(), receiver_->running_place(), sizeof(uint32_t));
  }
  // onClosing(fd, claim), onResetting(fd, claim)
  void on_closing(const Napi::CallbackInfo& info) {
    receiver_->on_closing(info[0].As<Napi::Number>().Int32Value(), to_claim(info[1]));
  }
  void on_resetting(const Napi::CallbackInfo& info) {
    receiver_->on_resetting(info[0].As<Napi::Number>().Int32Value(), to_claim(info[1]));
  }

  // own(fd, counter, server): false if that is not possible in this Node.
  Napi::Value own(const Napi::CallbackInfo& info) {
    const bool done =
        own_listeners_->add(info.Env(), info[0].As<Napi::Number>().Int32Value(),
                            info[1].As<Napi::Number>().Uint32Value(), info[2].As<Napi::Object>());
    return Napi::Boolean::New(info.Env(), done);
  }
  // disown(counter)
  void disown(const Napi::CallbackInfo& info) {
    own_listeners_->remove(info[0].As<Napi::Number>().Uint32Value());
  }

  void ref(const Napi::CallbackInfo&) {
    if (handles_ != nullptr) uv_ref(reinterpret_cast<uv_handle_t*>(&handles_->poll));
  }

  void unref(const Napi::CallbackInfo&) {
    if (handles_ != nullptr) uv_unref(reinterpret_cast<uv_handle_t*>(&handles_->poll));
  }

  // endIfBlocked(afterMs)
  void end_if_blocked(const Napi::CallbackInfo& info) {
    if (handles_ == nullptr || hang_up_watch_) return;
    hang_up_watch_ = std::make_unique<HangUpWatch>(receiver_->fd(), info[0].As<Napi::Number>().Int32Value(),
                                                   [] { ::kill(::getpid(), SIGKILL); });
  }

  void leave(const Napi::CallbackInfo&) {
    hang_up_watch_.reset();
    if (handles_ != nullptr) receiver_->leave();
    end();
  }

  Napi::FunctionReference vacancies_;
  Napi::FunctionReference on_connection_;
  Napi::FunctionReference on_control_;
  Napi::FunctionReference on_give_back_order_;
  Napi::FunctionReference on_room_;
  Napi::FunctionReference on_close_;
  Napi::AsyncContext async_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<OwnListeners> own_listeners_;
  std::unique_ptr<HangUpWatch> hang_up_watch_;
  ReceiverHandles* handles_ = nullptr;
  bool wants_room_ = false;
};

}  // namespace

void export_receiver(Napi::Env env, Napi::Object exports) { ReceiverWrap::define(env, exports); }

}  // namespace baton

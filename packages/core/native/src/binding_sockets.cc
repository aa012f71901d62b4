#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "binding.h"
#include "socket.h"

namespace baton {
namespace {

const char* family_name(int family) {
  switch (family) {
    case AF_INET:
      return "IPv4";
    case AF_INET6:
      return "IPv6";
    case AF_UNIX:
      return "unix";
    default:
      return "other";
  }
}

Napi::Object to_address(Napi::Env env, const SocketInfo& found) {
  auto address = Napi::Object::New(env);
  address["family"] = Napi::String::New(env, family_name(found.family));
  address["address"] = Napi::String::New(env, found.address);
  address["port"] = Napi::Number::New(env, found.port);
  return address;
}

// JavaScript's handle of one fd: closed by close(), by whoever takes it, or at the latest by the garbage
// collector.
class Socket : public Napi::ObjectWrap<Socket> {
 public:
  static void define(Napi::Env env, Napi::Object exports) {
    auto constructor = DefineClass(env, "Socket",
                                   {
                                       InstanceAccessor<&Socket::fd>("fd"),
                                       InstanceMethod<&Socket::listen>("listen"),
                                       InstanceMethod<&Socket::address>("address"),
                                       InstanceMethod<&Socket::close>("close"),
                                   });
    exports["Socket"] = constructor;
    env.SetInstanceData(new Napi::FunctionReference(Napi::Persistent(constructor)));
  }

  explicit Socket(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Socket>(info) {}

  static Socket* from(const Napi::Value& value) {
    auto* constructor = value.Env().GetInstanceData<Napi::FunctionReference>();
    if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(constructor->Value())) return nullptr;
    return Unwrap(value.As<Napi::Object>());
  }

  UniqueFd owned;

 private:
  Napi::Value fd(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), owned.get()); }

  Napi::Value listen(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), start_listening(owned, info[0].As<Napi::Number>().Int32Value()));
  }

  Napi::Value address(const Napi::CallbackInfo& info) {
    const auto found = inspect_socket(owned);
    if (!found.ok()) return Napi::Number::New(info.Env(), found.error);
    return to_address(info.Env(), found.value);
  }

  void close(const Napi::CallbackInfo&) { owned.reset(); }
};

// A Socket, or the errno as a number.
Napi::Value socket_or_errno(Napi::Env env, Result<UniqueFd> result) {
  if (!result.ok()) return Napi::Number::New(env, result.error);
  return wrap_socket(env, std::move(result.value));
}

Transport transport_of(const Napi::Value& value) {
  return value.As<Napi::String>().Utf8Value() == "udp" ? Transport::kDatagram : Transport::kStream;
}

Sharing sharing_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>().Utf8Value();
  return name == "first" ? Sharing::kFirst : name == "more" ? Sharing::kMore : Sharing::kNone;
}

// bindIp({ address, port, family, ipv6Only, transport, reuseAddress, sharing })
Napi::Value js_bind_ip(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  IpAddress ip;
  ip.address = options.Get("address").As<Napi::String>().Utf8Value();
  ip.port = static_cast<uint16_t>(options.Get("port").As<Napi::Number>().Uint32Value());
  ip.family = options.Get("family").As<Napi::Number>().Int32Value() == 6 ? AF_INET6 : AF_INET;
  ip.v6_only = options.Get("ipv6Only").As<Napi::Boolean>().Value();
  ip.sharing = sharing_of(options.Get("sharing"));
  const bool reuse = options.Get("reuseAddress").As<Napi::Boolean>().Value();
  return socket_or_errno(info.Env(), bind_ip(ip, transport_of(options.Get("transport")), reuse));
}

// bindUnix(path, mode = 0o777)
Napi::Value js_bind_unix(const Napi::CallbackInfo& info) {
  const mode_t mode = info[1].IsNumber() ? info[1].As<Napi::Number>().Uint32Value() : 0777;
  return socket_or_errno(info.Env(), bind_unix(info[0].As<Napi::String>().Utf8Value(), mode));
}

Napi::Value js_connect_unix(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), connect_unix(info[0].As<Napi::String>().Utf8Value()));
}

// adopt(fd, transport)
Napi::Value js_adopt(const Napi::CallbackInfo& info) {
  return socket_or_errno(info.Env(),
                         adopt_socket(info[0].As<Napi::Number>().Int32Value(), transport_of(info[1])));
}

// inspectListener(fd): the address of a listening stream socket; or an errno: EINVAL for another socket.
Napi::Value js_inspect_listener(const Napi::CallbackInfo& info) {
  const auto found = inspect_socket(info[0].As<Napi::Number>().Int32Value());
  if (!found.ok()) return Napi::Number::New(info.Env(), found.error);
  const SocketInfo& socket = found.value;
  const bool is_stream =
      socket.type == SOCK_STREAM && (socket.family == AF_UNIX || socket.protocol == IPPROTO_TCP);
  if (!is_stream || !socket.listening) return Napi::Number::New(info.Env(), EINVAL);
  return to_address(info.Env(), socket);
}

}  // namespace

void export_sockets(Napi::Env env, Napi::Object exports) {
  Socket::define(env, exports);
  exports["bindIp"] = Napi::Function::New<js_bind_ip>(env, "bindIp");
  exports["bindUnix"] = Napi::Function::New<js_bind_unix>(env, "bindUnix");
  exports["connectUnix"] = Napi::Function::New<js_connect_unix>(env, "connectUnix");
  exports["inspectListener"] = Napi::Function::New<js_inspect_listener>(env, "inspectListener");
  exports["adopt"] = Napi::Function::New<js_adopt>(env, "adopt");
}

Napi::Object wrap_socket(Napi::Env env, UniqueFd fd) {
  auto object = env.GetInstanceData<Napi::FunctionReference>()->New({});
  Napi::ObjectWrap<Socket>::Unwrap(object)->owned = std::move(fd);
  return object;
}

UniqueFd take_socket(const Napi::Value& value) {
  Socket* socket = Socket::from(value);
  return socket == nullptr ? UniqueFd() : std::move(socket->owned);
}

UniqueFd duplicate_socket(const Napi::Value& value) {
  Socket* socket = Socket::from(value);
  return UniqueFd(socket == nullptr ? -1 : ::fcntl(socket->owned.get(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace baton

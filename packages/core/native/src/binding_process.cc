#include <memory>

#include "binding.h"
#include "process.h"

namespace baton {
namespace {

// lockFile(path, text): an object whose close() removes the file and frees the lock, or an errno. The garbage
// collector frees it too, and leaves the file.
Napi::Value js_lock_file(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  auto locked = lock_file(path, info[1].As<Napi::String>().Utf8Value());
  if (!locked.ok()) return Napi::Number::New(info.Env(), locked.error);
  const auto file = std::make_shared<UniqueFd>(std::move(locked.value));
  auto object = Napi::Object::New(info.Env());
  object["close"] = Napi::Function::New(
      info.Env(), [path, file](const Napi::CallbackInfo&) { unlock_file(path, std::move(*file)); }, "close");
  return object;
}

// peerCredentials(fd)
Napi::Value js_peer_credentials(const Napi::CallbackInfo& info) {
  const auto peer = peer_credentials(info[0].As<Napi::Number>().Int32Value());
  if (!peer.ok()) return Napi::Number::New(info.Env(), peer.error);
  auto object = Napi::Object::New(info.Env());
  object["pid"] = Napi::Number::New(info.Env(), peer.value.pid);
  object["uid"] = Napi::Number::New(info.Env(), peer.value.uid);
  object["gid"] = Napi::Number::New(info.Env(), peer.value.gid);
  return object;
}

// reapOrphans(known): how many.
Napi::Value js_reap_orphans(const Napi::CallbackInfo& info) {
  const auto pids = info[0].As<Napi::Array>();
  std::vector<pid_t> known;
  for (uint32_t i = 0; i < pids.Length(); ++i) {
    known.push_back(pids.Get(i).As<Napi::Number>().Int32Value());
  }
  return Napi::Number::New(info.Env(), reap_orphans(known));
}

}  // namespace

void export_process(Napi::Env env, Napi::Object exports) {
  exports["lockFile"] = Napi::Function::New<js_lock_file>(env, "lockFile");
  exports["peerCredentials"] = Napi::Function::New<js_peer_credentials>(env, "peerCredentials");
  exports["reapOrphans"] = Napi::Function::New<js_reap_orphans>(env, "reapOrphans");
}

}  // namespace baton

#include <memory>

#include "binding.h"
#include "file_rights.h"
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

// withFileRights({ uid, gid, groups, capabilities }, act): 0 once `act` has been called, or an errno. What it
// throws is thrown on.
Napi::Value js_with_file_rights(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Object>();
  FileRights rights;
  rights.uid = given.Get("uid").As<Napi::Number>().Uint32Value();
  rights.gid = given.Get("gid").As<Napi::Number>().Uint32Value();
  const auto groups = given.Get("groups").As<Napi::Array>();
  for (uint32_t i = 0; i < groups.Length(); ++i) {
    rights.groups.push_back(groups.Get(i).As<Napi::Number>().Uint32Value());
  }
  bool is_whole = true;
  rights.capabilities = given.Get("capabilities").As<Napi::BigInt>().Uint64Value(&is_whole);
  const BorrowedRights borrowed(rights);
  if (borrowed.error() == 0) info[1].As<Napi::Function>().Call({});
  return Napi::Number::New(info.Env(), borrowed.error());
}

}  // namespace

void export_process(Napi::Env env, Napi::Object exports) {
  exports["lockFile"] = Napi::Function::New<js_lock_file>(env, "lockFile");
  exports["peerCredentials"] = Napi::Function::New<js_peer_credentials>(env, "peerCredentials");
  exports["withFileRights"] = Napi::Function::New<js_with_file_rights>(env, "withFileRights");
  exports["reapOrphans"] = Napi::Function::New<js_reap_orphans>(env, "reapOrphans");
}

}  // namespace baton

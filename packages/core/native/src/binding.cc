#include "binding.h"

namespace baton {

void raise_pending_exception(Napi::Env env) {
  if (!env.IsExceptionPending()) return;
  const Napi::Error error = env.GetAndClearPendingException();
  napi_fatal_exception(env, error.Value());
}

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  export_sockets(env, exports);
  export_dispatcher(env, exports);
  export_receiver(env, exports);
  export_process(env, exports);
  export_signals(env, exports);
  return exports;
}

NODE_API_MODULE(baton, init)

}  // namespace baton

#include "binding.h"

namespace baton {

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  export_sockets(env, exports);
  export_dispatcher(env, exports);
  export_receiver(env, exports);
  export_process(env, exports);
  return exports;
}

NODE_API_MODULE(baton, init)

}  // namespace baton

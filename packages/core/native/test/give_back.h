#pragma once

#include "both_ends.h"

namespace baton {

// As PrimaryLink does: the connection is closed here, as others have it. An errno of Receiver::give_back.
inline int give_back_last(Worker& worker, uint32_t listener, bool kept_alive) {
  Receiver::Claim claim = worker.claims.back();
  claim.kept_alive = kept_alive;
  if (const int error = worker.receiver->give_back(worker.connections.back().get(), listener, claim))
    return error;
  worker.connections.pop_back();
  worker.claims.pop_back();
  return 0;
}

}  // namespace baton

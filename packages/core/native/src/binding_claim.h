#pragma once

#include <napi.h>

#include <cmath>

#include "receiver.h"

namespace baton {

// A claim as a number of JavaScript: its seq, which is not 0, with a sign for what was offered before.
inline Napi::Value from_claim(Napi::Env env, Receiver::Claim claim) {
  const auto seq = static_cast<double>(claim.seq);
  return Napi::Number::New(env, claim.offered_before ? -seq : seq);
}

inline Receiver::Claim to_claim(const Napi::Value& value) {
  const double number = value.As<Napi::Number>().DoubleValue();
  return {static_cast<uint64_t>(std::fabs(number)), number < 0};
}

}  // namespace baton

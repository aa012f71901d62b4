#include <cmath>

#include "binding.h"
#include "listening_socket.h"

namespace baton {
namespace {

Napi::Number number(Napi::Env env, uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

// As in RevokeReason and DropReason.
constexpr const char* kRevokeReasonNames[kRevokeReasons] = {"workerGone",   "stalled",  "declined", "noFds",
                                                            "queueTimeout", "draining", "full"};
constexpr const char* kResponseClassNames[RequestCounts::kClasses] = {"2xx", "3xx", "4xx", "5xx"};
constexpr const char* kDropReasonNames[kDropReasons] = {"listenerClosed", "queueTimeout", "brokenLedger",
                                                        "workersDied"};

template <size_t n>
Napi::Object by_name(Napi::Env env, const char* const (&names)[n], const uint64_t (&counts)[n]) {
  auto object = Napi::Object::New(env);
  for (size_t i = 0; i < n; ++i) object[names[i]] = number(env, counts[i]);
  return object;
}

Napi::Object to_object(Napi::Env env, const Latency& latency) {
  auto bounds = Napi::Array::New(env, Latency::kBounds);
  auto counts = Napi::Array::New(env, Latency::kBuckets);
  for (uint32_t i = 0; i < Latency::kBounds; ++i) bounds[i] = number(env, Latency::bound_ns(i));
  for (uint32_t i = 0; i < Latency::kBuckets; ++i) counts[i] = number(env, latency.buckets[i]);
  auto object = Napi::Object::New(env);
  object["boundsNs"] = bounds;
  object["counts"] = counts;
  object["sumNs"] = number(env, latency.sum_ns);
  return object;
}

Napi::Object to_object(Napi::Env env, const RequestCounts& counts, uint64_t lost) {
  auto value = [&](size_t place) { return Napi::Number::New(env, counts.values[place]); };
  auto bounds = Napi::Array::New(env, RequestCounts::kBounds);
  auto buckets = Napi::Array::New(env, RequestCounts::kBuckets);
  for (uint32_t i = 0; i < RequestCounts::kBounds; ++i) bounds[i] = number(env, RequestCounts::bound_ns(i));
  for (uint32_t i = 0; i < RequestCounts::kBuckets; ++i) buckets[i] = value(RequestCounts::kDurations + i);
  auto duration = Napi::Object::New(env);
  duration["boundsNs"] = bounds;
  duration["counts"] = buckets;
  duration["sumNs"] = Napi::Number::New(env, std::round(counts.values[RequestCounts::kDuration] * 1e6));
  auto responses = Napi::Object::New(env);
  for (size_t i = 0; i < RequestCounts::kClasses; ++i) {
    responses[kResponseClassNames[i]] = value(RequestCounts::kResponses + i);
  }
  auto object = Napi::Object::New(env);
  object["responses"] = responses;
  object["upgraded"] = value(RequestCounts::kUpgraded);
  object["rejected"] = value(RequestCounts::kRejected);
  object["aborted"] = value(RequestCounts::kAborted);
  object["lost"] = number(env, lost);
  object["duration"] = duration;
  return object;
}

Napi::Object to_object(Napi::Env env, uint32_t slot, const SlotFigures& figures) {
  auto object = Napi::Object::New(env);
  object["slot"] = number(env, slot);
  object["claimed"] = number(env, figures.claimed);
  object["reclaimed"] = number(env, figures.reclaimed);
  object["recovered"] = number(env, figures.recovered);
  object["unrecovered"] = number(env, figures.unrecovered);
  object["revoked"] = by_name(env, kRevokeReasonNames, figures.revoked);
  object["open"] = number(env, figures.open);
  object["givenBack"] = number(env, figures.given_back);
  object["givenBackLost"] = number(env, figures.given_back_lost);
  object["rebalanced"] = number(env, figures.rebalanced);
  object["ownAccepted"] = number(env, figures.own_accepted);
  object["listenersClaimed"] = number(env, figures.listeners_claimed);
  object["listenersRevoked"] = number(env, figures.listeners_revoked);
  object["connections"] = number(env, figures.connections);
  object["requests"] = number(env, figures.requests);
  object["stalledNs"] = number(env, figures.stalled_ns);
  object["latency"] = to_object(env, figures.latency);
  object["http"] = to_object(env, figures.http, figures.http_lost);
  return object;
}

Napi::Object to_object(Napi::Env env, uint32_t id, const Snapshot::Worker& worker) {
  auto object = Napi::Object::New(env);
  object["id"] = number(env, id);
  object["connections"] = number(env, worker.connections);
  object["requests"] = number(env, worker.requests);
  object["idleNs"] = number(env, worker.idle_ns);
  object["stalledForNs"] = number(env, worker.stalled_for_ns);
  return object;
}

Napi::Object to_object(Napi::Env env, const std::string& label, const ListenerFigures& figures) {
  auto object = Napi::Object::New(env);
  object["listener"] = Napi::String::New(env, label);
  object["accepted"] = number(env, figures.accepted);
  object["waiting"] = number(env, figures.waiting);
  auto queued = Napi::Array::New(env);
  for (const auto& [slot, length] : figures.queued) {
    auto entry = Napi::Object::New(env);
    if (slot != ListeningSocket::kEverySlot) entry["slot"] = number(env, slot);
    entry["length"] = number(env, length);
    queued[queued.Length()] = entry;
  }
  object["queued"] = queued;
  return object;
}

}  // namespace

Napi::Object to_object(Napi::Env env, const Snapshot& snapshot) {
  auto slots = Napi::Array::New(env);
  for (const auto& [slot, figures] : snapshot.slots) slots[slots.Length()] = to_object(env, slot, figures);
  auto listeners = Napi::Array::New(env);
  for (const auto& [label, figures] : snapshot.listeners) {
    listeners[listeners.Length()] = to_object(env, label, figures);
  }
  auto errors = Napi::Array::New(env);
  for (const auto& [error, count] : snapshot.accept_errors) {
    auto entry = Napi::Object::New(env);
    entry["errno"] = Napi::Number::New(env, error);
    entry["count"] = number(env, count);
    errors[errors.Length()] = entry;
  }
  auto workers = Napi::Array::New(env);
  for (const auto& [id, worker] : snapshot.workers) workers[workers.Length()] = to_object(env, id, worker);
  auto object = Napi::Object::New(env);
  object["slots"] = slots;
  object["targets"] = workers;
  object["listeners"] = listeners;
  object["acceptErrors"] = errors;
  object["acceptPausedNs"] = number(env, snapshot.accept_paused_ns);
  object["dropped"] = by_name(env, kDropReasonNames, snapshot.dropped);
  object["recordsRefused"] = number(env, snapshot.records_refused);
  object["latency"] = to_object(env, snapshot.latency);
  return object;
}

}  // namespace baton

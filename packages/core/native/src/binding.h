#pragma once

#include <napi.h>

#include "snapshot.h"
#include "unique_fd.h"

namespace baton {

// Each adds its class or functions to the module's exports.
void export_sockets(Napi::Env env, Napi::Object exports);
void export_dispatcher(Napi::Env env, Napi::Object exports);
void export_receiver(Napi::Env env, Napi::Object exports);
void export_process(Napi::Env env, Napi::Object exports);
void export_signals(Napi::Env env, Napi::Object exports);

// A Socket object of JavaScript, which owns `fd`.
Napi::Object wrap_socket(Napi::Env env, UniqueFd fd);
// Takes the fd out of a Socket object; invalid if `value` is none, or is closed or handed on already.
UniqueFd take_socket(const Napi::Value& value);
// A close-on-exec duplicate of a Socket object's fd; the object keeps its own.
UniqueFd duplicate_socket(const Napi::Value& value);

Napi::Object to_object(Napi::Env env, const Snapshot& snapshot);

// What JavaScript has just thrown, if it has, is an uncaught exception.
void raise_pending_exception(Napi::Env env);

}  // namespace baton

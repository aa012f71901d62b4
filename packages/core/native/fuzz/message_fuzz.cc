// libFuzzer: any bytes are decoded without reading beyond them, and what is decoded encodes to the same
// bytes.
#include <cstdlib>
#include <cstring>

#include "message.h"

using namespace baton;

namespace {

std::string encode_again(const Message& message) {
  const auto text = [](const auto& record) { return std::string(record.data(), record.size()); };
  if (const auto* hello = std::get_if<HelloMessage>(&message)) return text(encode(*hello));
  if (const auto* wake = std::get_if<WakeMessage>(&message)) return text(encode(*wake));
  if (const auto* offered = std::get_if<Offered>(&message)) return text(encode(*offered));
  if (const auto* given = std::get_if<GivenBack>(&message)) return text(encode(*given));
  if (const auto* order = std::get_if<GiveBackOrder>(&message)) return encode(*order);
  if (const auto* done = std::get_if<GiveBackDone>(&message)) return text(encode(*done));
  if (const auto* stopped = std::get_if<StoppedListening>(&message)) return text(encode(*stopped));
  if (const auto* stopped = std::get_if<StoppedAccepting>(&message)) return text(encode(*stopped));
  return encode_control(std::get<ControlMessage>(message).payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string record(reinterpret_cast<const char*>(data), size);
  // The corpus outlives a version: its records have 0 there, which stands for the current one.
  if (size > 2 && record[2] == 0) record[2] = kMessageVersion;
  const auto decoded = decode(record);
  if (const auto* error = std::get_if<DecodeError>(&decoded)) {
    if (std::strcmp(describe(*error), "unknown") == 0) std::abort();
  } else if (encode_again(std::get<Message>(decoded)) != record) {
    std::abort();
  }
  return 0;
}

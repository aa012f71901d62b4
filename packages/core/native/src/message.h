#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace baton {

// The records of a channel. Both ends run on one machine, so integers are in its byte order; the version in
// each header keeps processes of different Baton releases from guessing.
inline constexpr uint16_t kMessageMagic = 0xBA70;
inline constexpr uint8_t kMessageVersion = 1;

// The largest record either side sends. A longer one is an error (recvmsg(2), MSG_TRUNC).
inline constexpr size_t kMaxRecord = 64 * 1024;

// A connection on its way to a worker, or back from one that does not serve its listener any more. Carries
// its socket.
struct ConnectionMessage {
  uint64_t seq = 0;             // counts the handoffs on this channel, from 1
  uint64_t accepted_at_ns = 0;  // CLOCK_MONOTONIC, when accept4(2) returned
  uint32_t listener = 0;
};

struct HelloMessage {};                   // primary → worker, first record; carries the ledger
struct Offered : ConnectionMessage {};    // primary → worker
struct GivenBack : ConnectionMessage {};  // worker → primary
struct StoppedListening {                 // worker → primary: offer me no more of this listener
  uint32_t listener = 0;
};
struct ControlMessage {
  std::string_view payload;
};  // either way: JSON, read by channel/messages.ts

using Message = std::variant<HelloMessage, Offered, GivenBack, StoppedListening, ControlMessage>;

enum class DecodeError { kShort, kMagic, kVersion, kType, kLength };

// What each error is called in logs.
const char* describe(DecodeError error);

inline constexpr size_t kHeaderSize = 8;
inline constexpr size_t kConnectionRecordSize = kHeaderSize + 24;

using ConnectionRecord = std::array<char, kConnectionRecordSize>;

ConnectionRecord encode(const Offered& message);
ConnectionRecord encode(const GivenBack& message);
std::array<char, kHeaderSize> encode(const HelloMessage& message);
std::array<char, kHeaderSize + 4> encode(const StoppedListening& message);
// Longer than kMaxRecord if the payload is too long: sending it is refused then.
std::string encode_control(std::string_view payload);

// Reads one record. A ControlMessage points into `record`.
std::variant<Message, DecodeError> decode(std::string_view record);

}  // namespace baton

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace baton {

// The records of a channel. Both ends run on one machine, so integers are in its byte order; the version in
// each header keeps processes of different Baton releases from guessing.
inline constexpr uint16_t kMessageMagic = 0xBA70;
inline constexpr uint8_t kMessageVersion = 5;

// The largest record either side sends. A longer one is an error (recvmsg(2), MSG_TRUNC).
inline constexpr size_t kMaxRecord = 64 * 1024;

// primary → worker, first record; carries the ledger (a memfd). Later, without it: only to have the event
// loop turn.
struct HelloMessage {};
struct WakeMessage {};  // primary → worker, second record; carries the eventfd that wakes the primary
struct Offered {        // primary → worker; carries the connection
  uint64_t seq = 0;     // counts the offers on this channel, from 1
  uint64_t accepted_at_ns = 0;  // CLOCK_MONOTONIC, when accept4(2) returned
  uint32_t listener = 0;
  uint32_t place = 0;  // the listener's in the ledger
  // Another worker may still hold a duplicate, which would hold back the FIN: shutdown(2) before close(2).
  bool offered_before = false;
  bool kept_alive = false;  // requests were answered on it, by a worker that has given it back
};
struct GivenBack {   // worker → primary; carries the connection, which is idle
  uint64_t seq = 0;  // under which it was claimed; 0: the worker accepted it by itself
  uint32_t listener = 0;
  bool offered_before = false;
  bool kept_alive = false;
};
// primary → worker: give so many idle connections of these listeners back, at most, and go on. None: only say
// how many could move.
struct GiveBackOrder {
  uint32_t connections = 0;
  std::vector<uint32_t> listeners;
};
// worker → primary: the order is carried out; nothing more is given back because of it. Where it was asked:
// so many connections of those listeners could move, now or when they are idle, of those that stay.
struct GiveBackDone {
  uint32_t movable = 0;
};
struct StoppedListening {  // worker → primary: offer me no more of this listener
  uint32_t listener = 0;
};
// worker → primary, in listener handoff: its server is full, so it does not accept from the socket that it
// was handed any more, but takes offers. Carries the connection that it has accepted too many, if it has.
struct StoppedAccepting {
  uint32_t listener = 0;
};
struct ControlMessage {
  std::string_view payload;
};  // either way: JSON, read by channel/messages.ts

using Message = std::variant<HelloMessage, WakeMessage, Offered, GivenBack, GiveBackOrder, GiveBackDone,
                             StoppedListening, StoppedAccepting, ControlMessage>;

enum class DecodeError { kShort, kMagic, kVersion, kType, kLength, kValue };

// What each error is called in logs.
const char* describe(DecodeError error);

inline constexpr size_t kHeaderSize = 8;
inline constexpr size_t kOfferedRecordSize = kHeaderSize + 32;
inline constexpr size_t kGivenBackRecordSize = kHeaderSize + 16;

using OfferedRecord = std::array<char, kOfferedRecordSize>;
using GivenBackRecord = std::array<char, kGivenBackRecordSize>;

OfferedRecord encode(const Offered& message);
GivenBackRecord encode(const GivenBack& message);
std::array<char, kHeaderSize> encode(const HelloMessage& message);
std::array<char, kHeaderSize> encode(const WakeMessage& message);
std::array<char, kHeaderSize + 4> encode(const GiveBackDone& message);
std::array<char, kHeaderSize + 4> encode(const StoppedListening& message);
std::array<char, kHeaderSize + 4> encode(const StoppedAccepting& message);
std::string encode(const GiveBackOrder& message);
// Longer than kMaxRecord if the payload is too long: sending it is refused then.
std::string encode_control(std::string_view payload);

// Reads one record. A ControlMessage points into `record`.
std::variant<Message, DecodeError> decode(std::string_view record);

}  // namespace baton

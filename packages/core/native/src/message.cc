#include "message.h"

#include <cstring>

namespace baton {
namespace {

enum Type : uint8_t {
  kHello = 1,
  kWake = 2,
  kOffered = 3,
  kStoppedListening = 4,
  kControl = 5,
  kGivenBack = 6,
  kGiveBackOrder = 7,
  kGiveBackDone = 8,
  kStoppedAccepting = 9
};

// Bits.
enum Flags : uint32_t { kOfferedBefore = 1, kKeptAlive = 2, kAllFlags = 3 };

uint32_t to_flags(bool offered_before, bool kept_alive) {
  return (offered_before ? kOfferedBefore : 0u) | (kept_alive ? kKeptAlive : 0u);
}

struct Header {
  uint16_t magic;
  uint8_t version;
  uint8_t type;
  uint32_t body_size;
};
static_assert(sizeof(Header) == kHeaderSize);

struct OfferedBody {
  uint64_t seq;
  uint64_t accepted_at_ns;
  uint32_t listener;
  uint32_t place;
  uint64_t flags;
};
static_assert(kHeaderSize + sizeof(OfferedBody) == kOfferedRecordSize);

struct GivenBackBody {
  uint64_t seq;
  uint32_t listener;
  uint32_t flags;
};
static_assert(kHeaderSize + sizeof(GivenBackBody) == kGivenBackRecordSize);

std::array<char, kHeaderSize> encode_header(Type type, size_t body_size) {
  const Header header{kMessageMagic, kMessageVersion, type, static_cast<uint32_t>(body_size)};
  std::array<char, kHeaderSize> bytes;
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

std::variant<Message, DecodeError> decode_offered(std::string_view bytes) {
  if (bytes.size() != sizeof(OfferedBody)) return DecodeError::kLength;
  OfferedBody body;
  std::memcpy(&body, bytes.data(), sizeof body);
  if (body.flags > kAllFlags) return DecodeError::kValue;
  return Message(Offered{body.seq, body.accepted_at_ns, body.listener, body.place,
                         (body.flags & kOfferedBefore) != 0, (body.flags & kKeptAlive) != 0});
}

std::variant<Message, DecodeError> decode_given_back(std::string_view bytes) {
  if (bytes.size() != sizeof(GivenBackBody)) return DecodeError::kLength;
  GivenBackBody body;
  std::memcpy(&body, bytes.data(), sizeof body);
  if (body.flags > kAllFlags) return DecodeError::kValue;
  return Message(
      GivenBack{body.seq, body.listener, (body.flags & kOfferedBefore) != 0, (body.flags & kKeptAlive) != 0});
}

// The number of connections, and then the listeners.
std::variant<Message, DecodeError> decode_give_back_order(std::string_view bytes) {
  GiveBackOrder order;
  constexpr size_t kEach = sizeof order.connections;
  if (bytes.size() < kEach || bytes.size() % kEach != 0) return DecodeError::kLength;
  std::memcpy(&order.connections, bytes.data(), kEach);
  order.listeners.resize(bytes.size() / kEach - 1);
  if (!order.listeners.empty())
    std::memcpy(order.listeners.data(), bytes.data() + kEach, bytes.size() - kEach);
  return Message(std::move(order));
}

// All that such a message says is of which listener.
template <typename Stopped>
std::variant<Message, DecodeError> decode_listener(std::string_view bytes) {
  Stopped message;
  if (bytes.size() != sizeof message.listener) return DecodeError::kLength;
  std::memcpy(&message.listener, bytes.data(), sizeof message.listener);
  return Message(message);
}

template <size_t kSize, typename Body>
std::array<char, kSize> encode_record(Type type, const Body& body) {
  static_assert(kHeaderSize + sizeof body == kSize);
  const auto header = encode_header(type, sizeof body);
  std::array<char, kSize> bytes;
  std::memcpy(bytes.data(), header.data(), header.size());
  std::memcpy(bytes.data() + kHeaderSize, &body, sizeof body);
  return bytes;
}

std::string encode_text(Type type, std::string_view body) {
  const auto header = encode_header(type, body.size());
  return std::string(header.data(), header.size()).append(body);
}

}  // namespace

const char* describe(DecodeError error) {
  switch (error) {
    case DecodeError::kShort:
      return "shorter than a header";
    case DecodeError::kMagic:
      return "not a Baton record";
    case DecodeError::kVersion:
      return "another version of the protocol";
    case DecodeError::kType:
      return "unknown type";
    case DecodeError::kLength:
      return "wrong length";
    case DecodeError::kValue:
      return "a value that its field cannot have";
  }
  return "unknown";
}

OfferedRecord encode(const Offered& message) {
  return encode_record<kOfferedRecordSize>(
      kOffered, OfferedBody{message.seq, message.accepted_at_ns, message.listener, message.place,
                            to_flags(message.offered_before, message.kept_alive)});
}

GivenBackRecord encode(const GivenBack& message) {
  return encode_record<kGivenBackRecordSize>(
      kGivenBack,
      GivenBackBody{message.seq, message.listener, to_flags(message.offered_before, message.kept_alive)});
}

std::array<char, kHeaderSize> encode(const HelloMessage&) { return encode_header(kHello, 0); }
std::array<char, kHeaderSize> encode(const WakeMessage&) { return encode_header(kWake, 0); }

std::array<char, kHeaderSize + 4> encode(const GiveBackDone& message) {
  return encode_record<kHeaderSize + 4>(kGiveBackDone, message.movable);
}

std::array<char, kHeaderSize + 4> encode(const StoppedListening& message) {
  return encode_record<kHeaderSize + 4>(kStoppedListening, message.listener);
}

std::array<char, kHeaderSize + 4> encode(const StoppedAccepting& message) {
  return encode_record<kHeaderSize + 4>(kStoppedAccepting, message.listener);
}

std::string encode(const GiveBackOrder& message) {
  std::vector<uint32_t> body = {message.connections};
  body.insert(body.end(), message.listeners.begin(), message.listeners.end());
  return encode_text(kGiveBackOrder,
                     {reinterpret_cast<const char*>(body.data()), body.size() * sizeof body[0]});
}

std::string encode_control(std::string_view payload) { return encode_text(kControl, payload); }

std::variant<Message, DecodeError> decode(std::string_view record) {
  if (record.size() < kHeaderSize) return DecodeError::kShort;
  Header header;
  std::memcpy(&header, record.data(), sizeof header);
  if (header.magic != kMessageMagic) return DecodeError::kMagic;
  if (header.version != kMessageVersion) return DecodeError::kVersion;
  const std::string_view body = record.substr(kHeaderSize);
  if (header.body_size != body.size()) return DecodeError::kLength;
  switch (header.type) {
    case kHello:
      if (!body.empty()) return DecodeError::kLength;
      return Message(HelloMessage{});
    case kWake:
      if (!body.empty()) return DecodeError::kLength;
      return Message(WakeMessage{});
    case kOffered:
      return decode_offered(body);
    case kGivenBack:
      return decode_given_back(body);
    case kGiveBackOrder:
      return decode_give_back_order(body);
    case kGiveBackDone: {
      GiveBackDone message;
      if (body.size() != sizeof message.movable) return DecodeError::kLength;
      std::memcpy(&message.movable, body.data(), sizeof message.movable);
      return Message(message);
    }
    case kStoppedListening:
      return decode_listener<StoppedListening>(body);
    case kStoppedAccepting:
      return decode_listener<StoppedAccepting>(body);
    case kControl:
      if (body.empty()) return DecodeError::kLength;
      return Message(ControlMessage{body});
    default:
      return DecodeError::kType;
  }
}

}  // namespace baton

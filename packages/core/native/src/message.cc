#include "message.h"

#include <cstring>

namespace baton {
namespace {

enum Type : uint8_t { kHello = 1, kWake = 2, kOffered = 3, kStoppedListening = 4, kControl = 5 };

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
  uint32_t offered_before;
};
static_assert(kHeaderSize + sizeof(OfferedBody) == kOfferedRecordSize);

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
  if (body.offered_before > 1) return DecodeError::kValue;
  return Message(Offered{body.seq, body.accepted_at_ns, body.listener, body.offered_before == 1});
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
  const auto header = encode_header(kOffered, sizeof(OfferedBody));
  const OfferedBody body{message.seq, message.accepted_at_ns, message.listener,
                         message.offered_before ? 1u : 0u};
  OfferedRecord bytes;
  std::memcpy(bytes.data(), header.data(), header.size());
  std::memcpy(bytes.data() + kHeaderSize, &body, sizeof body);
  return bytes;
}

std::array<char, kHeaderSize> encode(const HelloMessage&) { return encode_header(kHello, 0); }
std::array<char, kHeaderSize> encode(const WakeMessage&) { return encode_header(kWake, 0); }

std::array<char, kHeaderSize + 4> encode(const StoppedListening& message) {
  const auto header = encode_header(kStoppedListening, sizeof message.listener);
  std::array<char, kHeaderSize + 4> bytes;
  std::memcpy(bytes.data(), header.data(), header.size());
  std::memcpy(bytes.data() + kHeaderSize, &message.listener, sizeof message.listener);
  return bytes;
}

std::string encode_control(std::string_view payload) {
  const auto header = encode_header(kControl, payload.size());
  return std::string(header.data(), header.size()).append(payload);
}

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
    case kStoppedListening: {
      StoppedListening message;
      if (body.size() != sizeof message.listener) return DecodeError::kLength;
      std::memcpy(&message.listener, body.data(), sizeof message.listener);
      return Message(message);
    }
    case kControl:
      if (body.empty()) return DecodeError::kLength;
      return Message(ControlMessage{body});
    default:
      return DecodeError::kType;
  }
}

}  // namespace baton

#include "message.h"

#include <string>

#include "check.h"

using namespace baton;

namespace {

template <typename Record>
std::string_view view(const Record& record) {
  return {record.data(), record.size()};
}

// The error that decoding gives, or -1 for none.
int error_of(std::string_view record) {
  const auto decoded = decode(record);
  const auto* error = std::get_if<DecodeError>(&decoded);
  return error == nullptr ? -1 : static_cast<int>(*error);
}

int code(DecodeError error) { return static_cast<int>(error); }

Offered an_offer() {
  Offered offered;
  offered.seq = 7;
  offered.accepted_at_ns = 123'456'789'012;
  offered.listener = 3;
  offered.place = 5;
  offered.offered_before = true;
  return offered;
}

}  // namespace

TEST(message_offer_round_trip) {
  const auto record = encode(an_offer());
  const auto decoded = decode(view(record));
  const auto* message = std::get_if<Message>(&decoded);
  CHECK(message != nullptr);
  const auto* offered = std::get_if<Offered>(message);
  CHECK(offered != nullptr);
  CHECK(offered->seq == 7);
  CHECK(offered->accepted_at_ns == 123'456'789'012);
  CHECK(offered->listener == 3 && offered->place == 5);
  CHECK(offered->offered_before);
}

TEST(message_kinds_are_told_apart) {
  const auto wake = decode(view(encode(WakeMessage{})));
  CHECK(std::holds_alternative<WakeMessage>(std::get<Message>(wake)));
  const auto stopped = decode(view(encode(StoppedListening{9})));
  CHECK(std::get<StoppedListening>(std::get<Message>(stopped)).listener == 9);
  const auto yielded = decode(view(encode(StoppedAccepting{9})));
  CHECK(std::get<StoppedAccepting>(std::get<Message>(yielded)).listener == 9);
  const auto hello = decode(view(encode(HelloMessage{})));
  CHECK(std::holds_alternative<HelloMessage>(std::get<Message>(hello)));
  const std::string text = encode_control("{\"type\":\"x\"}");
  const auto control = decode(text);
  CHECK(std::get<ControlMessage>(std::get<Message>(control)).payload == "{\"type\":\"x\"}");
}

TEST(message_given_back_round_trip) {
  const bool flags[] = {false, true};
  for (const bool offered_before : flags) {
    for (const bool kept_alive : flags) {
      const auto decoded = decode(view(encode(GivenBack{7, 3, offered_before, kept_alive})));
      const auto& given = std::get<GivenBack>(std::get<Message>(decoded));
      CHECK(given.seq == 7 && given.listener == 3);
      CHECK(given.offered_before == offered_before && given.kept_alive == kept_alive);
    }
  }
}

TEST(message_refuses_every_truncation) {
  const auto record = encode(an_offer());
  for (size_t size = 0; size < record.size(); ++size) CHECK(error_of(view(record).substr(0, size)) != -1);
  CHECK(error_of(view(record).substr(0, kHeaderSize - 1)) == code(DecodeError::kShort));
  CHECK(error_of(view(record).substr(0, kHeaderSize)) == code(DecodeError::kLength));
}

TEST(message_refuses_surplus_bytes) {
  const auto record = encode(an_offer());
  CHECK(error_of(std::string(view(record)) + "x") == code(DecodeError::kLength));
}

TEST(message_refuses_flags_that_it_does_not_know) {
  std::string record(view(encode(an_offer())));
  record[kHeaderSize + 24] = 4;
  CHECK(error_of(record) == code(DecodeError::kValue));
  std::string given(view(encode(GivenBack{7, 3, true, true})));
  given[kHeaderSize + 12] = 4;
  CHECK(error_of(given) == code(DecodeError::kValue));
  CHECK(error_of(given.substr(0, given.size() - 1)) == code(DecodeError::kLength));
}

TEST(message_refuses_other_magic_version_and_type) {
  const std::string good(view(encode(HelloMessage{})));
  std::string bad = good;
  bad[0] ^= 1;
  CHECK(error_of(bad) == code(DecodeError::kMagic));
  bad = good;
  bad[2] = kMessageVersion + 1;
  CHECK(error_of(bad) == code(DecodeError::kVersion));
  bad = good;
  bad[3] = 99;
  CHECK(error_of(bad) == code(DecodeError::kType));
  bad[3] = 0;
  CHECK(error_of(bad) == code(DecodeError::kType));
}

TEST(message_refuses_empty_control) { CHECK(error_of(encode_control("")) == code(DecodeError::kLength)); }

TEST(message_survives_any_header) {
  // Each byte of a header takes each value: nothing is read beyond the record, whatever it says of its
  // length.
  const std::string good(view(encode(an_offer())));
  for (size_t at = 0; at < kHeaderSize; ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string record = good;
      record[at] = static_cast<char>(value);
      const bool same = record == good;
      CHECK((error_of(record) == -1) == same || at == 3);
    }
  }
}

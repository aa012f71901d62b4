#include "receiver.h"

#include <sys/socket.h>

#include <cerrno>
#include <climits>
#include <string>
#include <variant>

namespace baton {

Result<std::unique_ptr<Receiver>> Receiver::open(UniqueFd socket) {
  using Opened = Result<std::unique_ptr<Receiver>>;
  auto receiver = std::make_unique<Receiver>();
  receiver->channel_ = Channel(std::move(socket));
  const Received hello = receiver->channel_.receive(receiver->buffer_);
  if (hello.kind != Received::Kind::kRecord) return Opened::failure(EPROTO);
  const auto decoded = decode(hello.record);
  const Message* message = std::get_if<Message>(&decoded);
  if (message == nullptr || !std::holds_alternative<HelloMessage>(*message) || !hello.fd.valid()) {
    return Opened::failure(EPROTO);
  }
  auto ledger = Ledger::map(hello.fd);
  if (!ledger.ok()) return Opened::failure(ledger.error);
  receiver->ledger_ = std::move(ledger.value);
  return receiver;
}

Receiver::Outcome Receiver::receive(int batch, Handler& handler) {
  for (int i = 0; i < batch; ++i) {
    if (!channel_.valid()) return Outcome::kClosed;
    Received received = channel_.receive(buffer_);
    if (received.kind == Received::Kind::kNothingYet) return Outcome::kDrained;
    if (received.kind == Received::Kind::kClosed) return Outcome::kClosed;
    if (received.kind == Received::Kind::kRefused) continue;
    const auto decoded = decode(received.record);
    const Message* message = std::get_if<Message>(&decoded);
    if (message == nullptr) continue;
    if (const auto* offered = std::get_if<Offered>(message)) {
      on_offer(*offered, std::move(received.fd), handler);
    } else if (const auto* control = std::get_if<ControlMessage>(message)) {
      handler.on_control(control->payload, std::move(received.fd));
    }
  }
  return Outcome::kMore;
}

void Receiver::on_offer(const Offered& offered, UniqueFd socket, Handler& handler) {
  if (!socket.valid()) return ledger_.count_fd_lost();  // no room for an fd here: MSG_CTRUNC
  if (listening_.count(offered.listener) == 0) {
    GivenBack back;
    static_cast<ConnectionMessage&>(back) = offered;
    const ConnectionRecord record = encode(back);
    outbox_.send(channel_, {record.data(), record.size()}, std::move(socket));
    return;
  }
  ledger_.count_claimed(offered.accepted_at_ns, monotonic_ns());
  handler.on_connection(offered.listener, std::move(socket));
}

int Receiver::stop_listening(uint32_t listener) {
  listening_.erase(listener);
  const auto record = encode(StoppedListening{listener});
  return outbox_.send(channel_, {record.data(), record.size()}, {});
}

void Receiver::close() {
  if (!channel_.valid()) return;
  // From here on the primary cannot send; what it has sent can still be read, up to an end.
  ::shutdown(channel_.fd(), SHUT_RD);
  struct : Handler {
    void on_connection(uint32_t, UniqueFd) override {}
    void on_control(std::string_view, UniqueFd) override {}
  } nobody;
  listening_.clear();
  receive(INT_MAX, nobody);
  channel_.close();
}

int Receiver::send_control(std::string_view payload) {
  return outbox_.send(channel_, encode_control(payload), {});
}

}  // namespace baton

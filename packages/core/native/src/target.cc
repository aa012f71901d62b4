#include "target.h"

#include "message.h"

namespace baton {

bool Target::offer(const UniqueFd& socket, uint32_t listener, uint64_t accepted_at_ns) {
  Offered message;
  message.seq = offered_ + 1;
  message.accepted_at_ns = accepted_at_ns;
  message.listener = listener;
  const ConnectionRecord record = encode(message);
  if (!outbox_.try_send(channel_, {record.data(), record.size()}, socket.get())) return false;
  ++offered_;
  return true;
}

int Target::send_control(std::string_view payload, UniqueFd fd) {
  return outbox_.send(channel_, encode_control(payload), std::move(fd));
}

bool Target::take_back() {
  if (open_offers() == 0) return false;
  ++given_back_;
  return true;
}

}  // namespace baton

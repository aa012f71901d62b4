#include "outbox.h"

#include <cerrno>

namespace baton {

bool Outbox::try_send(const Channel& channel, std::string_view record, int fd) {
  const int error = channel.send(record, fd);
  if (error == EAGAIN) {
    room_ = Room::kChannelFull;
  } else if (is_back_pressure(error)) {
    room_ = Room::kRetryLater;
  } else if (error != 0) {
    room_ = Room::kGone;
  }
  return error == 0;
}

int Outbox::send(const Channel& channel, std::string record, UniqueFd fd) {
  if (record.size() > kMaxRecord) return EMSGSIZE;
  if (room_ == Room::kGone) return EPIPE;
  if (waiting_.size() >= kMostWaiting) return ENOBUFS;
  waiting_.push_back({std::move(record), std::move(fd)});
  if (room_ == Room::kFree) flush(channel);
  return 0;
}

void Outbox::flush(const Channel& channel) {
  room_ = Room::kFree;
  while (!waiting_.empty() && try_send(channel, waiting_.front().record, waiting_.front().fd.get())) {
    waiting_.pop_front();
  }
}

}  // namespace baton

#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "both_ends.h"

namespace baton {

inline constexpr uint32_t kLiar = 1, kHonest = 2;

// A worker's end of a channel, of which the test does what it likes; and one that is honest.
struct LiarFixture {
  Primary primary{Policy::kRoundRobin};
  Channel channel;
  UniqueFd wake;
  LedgerMemory* memory = nullptr;
  std::unique_ptr<Worker> honest;

  explicit LiarFixture(bool liar_serves = true) {
    channel = Channel(std::move(primary.dispatcher.add_target(kLiar, 0).value));
    static RecordBuffer buffer;
    const Received hello = channel.receive(buffer);
    memory = static_cast<LedgerMemory*>(
        ::mmap(nullptr, sizeof(LedgerMemory), PROT_READ | PROT_WRITE, MAP_SHARED, hello.fd.get(), 0));
    wake = std::move(channel.receive(buffer).fd);
    if (liar_serves) primary.dispatcher.serve(kLiar, 1);
    honest = primary.add_worker(kHonest, 1);
  }
  ~LiarFixture() { ::munmap(memory, sizeof(LedgerMemory)); }

  bool refused(uint64_t count) {
    return primary.wait_until([&](const Snapshot& now) { return now.records_refused == count; });
  }

  // The rest of the service: connections are answered, whoever they are offered to first.
  bool serves(size_t count) {
    const size_t before = honest->connections.size();
    std::vector<UniqueFd> clients;
    for (size_t i = 0; i < count; ++i) clients.push_back(primary.connect());
    return honest->read_connections(before + count);
  }
};

inline UniqueFd a_file() { return UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)); }

// One message with that many fds.
inline bool send_fds(const Channel& channel, std::string_view record, const std::vector<int>& fds) {
  iovec part{const_cast<char*>(record.data()), record.size()};
  std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  std::copy(fds.begin(), fds.end(), reinterpret_cast<int*>(CMSG_DATA(c)));
  return ::sendmsg(channel.fd(), &message, MSG_NOSIGNAL) >= 0;
}

}  // namespace baton

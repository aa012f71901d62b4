#include "channel.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string>

#include "check.h"
#include "kernel.h"
#include "outbox.h"

using namespace baton;

namespace {

struct Ends {
  Channel a, b;
  std::unique_ptr<RecordBuffer> buffer = std::make_unique<RecordBuffer>();
};

Ends make_ends() {
  auto pair = Channel::make_pair();
  Ends ends;
  ends.a = std::move(pair.value.first);
  ends.b = std::move(pair.value.second);
  return ends;
}

UniqueFd open_null() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// Sends raw fds, as a lying peer could.
void send_fds(const Channel& channel, std::string_view record, const int* fds, size_t count) {
  iovec part{const_cast<char*>(record.data()), record.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 8)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * count);
  std::copy(fds, fds + count, reinterpret_cast<int*>(CMSG_DATA(header)));
  ::sendmsg(channel.fd(), &message, 0);
}

}  // namespace

TEST(channel_carries_a_record) {
  Ends ends = make_ends();
  CHECK(ends.a.send("hello", -1) == 0);
  const Received received = ends.b.receive(*ends.buffer);
  CHECK(received.kind == Received::Kind::kRecord);
  CHECK(received.record == "hello");
  CHECK(!received.fd.valid());
}

TEST(channel_carries_an_fd_that_is_close_on_exec) {
  Ends ends = make_ends();
  const UniqueFd file = open_null();
  CHECK(ends.a.send("fd", file.get()) == 0);
  const Received received = ends.b.receive(*ends.buffer);
  CHECK(received.fd.valid());
  CHECK(received.fd.get() != file.get());
  CHECK((::fcntl(received.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(channel_keeps_order_and_boundaries) {
  Ends ends = make_ends();
  for (int i = 0; i < 50; ++i) CHECK(ends.a.send(std::string(i + 1, 'x'), -1) == 0);
  for (int i = 0; i < 50; ++i)
    CHECK(ends.b.receive(*ends.buffer).record.size() == static_cast<size_t>(i + 1));
  CHECK(ends.b.receive(*ends.buffer).kind == Received::Kind::kNothingYet);
}

TEST(channel_tells_the_end) {
  Ends ends = make_ends();
  CHECK(ends.a.send("last", -1) == 0);
  ends.a.close();
  CHECK(ends.b.receive(*ends.buffer).record == "last");
  CHECK(ends.b.receive(*ends.buffer).kind == Received::Kind::kClosed);
  CHECK(ends.b.send("x", -1) == EPIPE);
}

TEST(channel_tells_the_last_words_of_a_peer_that_left_records_unread) {
  // The kernel reports ECONNRESET first in this case.
  Ends ends = make_ends();
  CHECK(ends.b.send("unread", -1) == 0);
  CHECK(ends.a.send("last", -1) == 0);
  ends.a.close();
  CHECK(ends.b.receive(*ends.buffer).record == "last");
  CHECK(ends.b.receive(*ends.buffer).kind == Received::Kind::kClosed);
}

TEST(channel_never_sends_an_empty_record) {
  Ends ends = make_ends();
  CHECK(ends.a.send("", -1) == EMSGSIZE);
  CHECK(ends.b.receive(*ends.buffer).kind == Received::Kind::kNothingYet);
}

TEST(channel_refuses_two_fds_and_closes_them) {
  Ends ends = make_ends();
  const UniqueFd one = open_null(), two = open_null();
  const int fds[] = {one.get(), two.get()};
  send_fds(ends.a, "two", fds, 2);
  CHECK(ends.b.receive(*ends.buffer).kind == Received::Kind::kRefused);
}

TEST(channel_refuses_eight_fds_and_closes_them) {
  NEEDS(kSurplusFdsClosed);
  Ends ends = make_ends();
  const UniqueFd one = open_null();
  int fds[8];
  std::fill(fds, fds + 8, one.get());
  send_fds(ends.a, "eight", fds, 8);
  CHECK(ends.b.receive(*ends.buffer).kind == Received::Kind::kRefused);
}

TEST(channel_refuses_a_record_that_is_too_long) {
  Ends ends = make_ends();
  const std::string longest(kMaxRecord, 'x');
  CHECK(ends.a.send(longest, -1) == 0);
  CHECK(ends.b.receive(*ends.buffer).record.size() == kMaxRecord);
  CHECK(ends.a.send(longest + "x", -1) == EMSGSIZE);
  const std::string longer = longest + "x";
  CHECK(::send(ends.a.fd(), longer.data(), longer.size(), 0) == static_cast<ssize_t>(longer.size()));
  CHECK(ends.b.receive(*ends.buffer).kind == Received::Kind::kRefused);
}

TEST(channel_delivers_a_record_without_its_fd_when_there_is_no_room_for_one) {
  Ends ends = make_ends();
  const UniqueFd file = open_null();
  CHECK(ends.a.send("fd", file.get()) == 0);
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  const Received received = ends.b.receive(*ends.buffer);
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(received.kind == Received::Kind::kRecord);
  CHECK(received.record == "fd");
  CHECK(!received.fd.valid());
}

TEST(channel_that_is_full_is_back_pressure) {
  Ends ends = make_ends();
  int error = 0;
  int sent = 0;
  while ((error = ends.a.send("x", -1)) == 0) ++sent;
  CHECK(error == EAGAIN);
  CHECK(is_back_pressure(error));
  CHECK(sent > 50);
}

TEST(outbox_keeps_order_across_a_full_channel) {
  Ends ends = make_ends();
  Outbox outbox;
  int sent = 0;
  while (outbox.room() == Outbox::Room::kFree) CHECK(outbox.send(ends.a, std::to_string(sent++), {}) == 0);
  CHECK(outbox.room() == Outbox::Room::kChannelFull);
  for (int i = 0; i < 10; ++i) CHECK(outbox.send(ends.a, std::to_string(sent++), {}) == 0);
  int received = 0;
  while (received < sent) {
    const Received next = ends.b.receive(*ends.buffer);
    if (next.kind == Received::Kind::kNothingYet) {
      outbox.flush(ends.a);
      continue;
    }
    CHECK(next.record == std::to_string(received++));
  }
  CHECK(outbox.room() == Outbox::Room::kFree);
}

TEST(outbox_holds_what_waits_and_closes_it_at_its_end) {
  Ends ends = make_ends();
  {
    Outbox outbox;
    while (outbox.room() == Outbox::Room::kFree) outbox.send(ends.a, "x", {});
    CHECK(outbox.send(ends.a, "fd", open_null()) == 0);
  }
}

TEST(outbox_ends_with_its_peer) {
  Ends ends = make_ends();
  Outbox outbox;
  ends.b.close();
  CHECK(outbox.send(ends.a, "x", {}) == 0);
  CHECK(outbox.room() == Outbox::Room::kGone);
  CHECK(outbox.send(ends.a, "x", {}) == EPIPE);
}

TEST(outbox_is_bounded) {
  Ends ends = make_ends();
  Outbox outbox;
  int error = 0;
  for (int i = 0; i < 5000 && error == 0; ++i) error = outbox.send(ends.a, "x", {});
  CHECK(error == ENOBUFS);
}

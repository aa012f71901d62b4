// The least that handing over can cost: a loop of accept4(2), sendmsg(2) with SCM_RIGHTS, and close(2), in
// turn to as many of Baton's workers. No epoll, no policy, no retained copy, no take-back, no figures.
//
// PORT=<port> limit <workers> <node> <argument...>: runs the workers, whose app must listen once.
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "channel.h"
#include "ledger.h"
#include "socket.h"

using namespace baton;

namespace {

struct Receiver {
  Channel channel;
  Ledger ledger;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

Receiver start(char** command) {
  auto pair = Channel::make_pair();
  auto ledger = Ledger::create();
  if (!pair.ok() || !ledger.ok()) die("channel");
  ledger.value.ledger.publish_released(UINT64_MAX);  // there are no copies for a worker to wait for
  auto& [ours, theirs] = pair.value;
  const auto hello = encode(HelloMessage{});
  ours.send({hello.data(), hello.size()}, ledger.value.memfd.get());
  const UniqueFd wake(::eventfd(0, EFD_CLOEXEC));  // nobody is ever woken
  const auto wake_message = encode(WakeMessage{});
  ours.send({wake_message.data(), wake_message.size()}, wake.get());
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(theirs.fd(), 3);
    ::setenv("BATON_CHANNEL_FD", "3", 1);
    ::execvp(command[0], command);
    die(command[0]);
  }
  return {std::move(ours), std::move(ledger.value.ledger)};
}

// Answers the worker's request to listen, and waits until it does.
void let_listen(const Receiver& receiver) {
  static RecordBuffer buffer;
  for (;;) {
    const Received received = receiver.channel.receive(buffer);
    if (received.kind == Received::Kind::kClosed) die("a worker ended");
    if (received.kind != Received::Kind::kRecord) {
      ::usleep(1000);
      continue;
    }
    const std::string text(received.record);
    if (text.find("\"listening\"") != std::string::npos) return;
    const size_t at = text.find("\"request\":");
    if (at == std::string::npos) continue;
    const std::string answer =
        "{\"type\":\"listen-result\",\"listener\":1,\"request\":" +
        std::to_string(std::atoi(text.c_str() + at + 10)) +
        ",\"address\":{\"family\":\"IPv4\",\"address\":\"127.0.0.1\",\"port\":" + std::getenv("PORT") + "}}";
    receiver.channel.send(encode_control(answer), -1);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const char* port = std::getenv("PORT");
  if (count < 3 || port == nullptr) return 2;
  auto listener = bind_ip({"127.0.0.1", static_cast<uint16_t>(std::atoi(port)), AF_INET, false},
                          Transport::kStream, true);
  if (!listener.ok()) die("bind");
  std::vector<Receiver> receivers;
  for (int i = 0; i < std::atoi(arguments[1]); ++i) receivers.push_back(start(arguments + 2));
  for (const Receiver& receiver : receivers) let_listen(receiver);
  start_listening(listener.value, 511);
  ::fcntl(listener.value.get(), F_SETFL, 0);  // accept4 waits
  for (uint64_t n = 0;; ++n) {
    const int fd = ::accept4(listener.value.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) die("accept4");
    Offered offered;
    offered.seq = n / receivers.size() + 1;
    offered.accepted_at_ns = monotonic_ns();
    offered.listener = 1;
    const OfferedRecord record = encode(offered);
    Receiver& receiver = receivers[n % receivers.size()];
    receiver.ledger.open(offered.seq);
    while (receiver.channel.send({record.data(), record.size()}, fd) == EAGAIN) ::usleep(100);
    ::close(fd);
  }
}

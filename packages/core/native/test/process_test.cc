#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include "check.h"
#include "socket.h"

using namespace baton;

namespace {

struct TemporaryDirectory {
  char path[32] = "/tmp/baton-test-XXXXXX";
  std::string file = std::string(::mkdtemp(path)) + "/name.lock";
  std::string link = std::string(path) + "/link.lock";

  ~TemporaryDirectory() {
    ::unlink(file.c_str());
    ::unlink(link.c_str());
    ::rmdir(path);
  }
};

std::string content_of(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t size = ::read(file.get(), text, sizeof text);
  return std::string(text, size < 0 ? 0 : static_cast<size_t>(size));
}

pid_t child_that_ends(int code) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(code);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  return pid;
}

int exit_code_of(pid_t pid) {
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool is_reaped(pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == -1 && errno == ECHILD; }

}  // namespace

TEST(process_a_lock_has_one_holder_and_is_free_when_closed) {
  const TemporaryDirectory directory;
  auto first = lock_file(directory.file, "first");
  CHECK(first.ok());
  CHECK(lock_file(directory.file, "second").error == EWOULDBLOCK);
  CHECK(content_of(directory.file) == "first");
  first.value.reset();
  CHECK(lock_file(directory.file, "third").ok());
}

TEST(process_a_lock_file_goes_with_the_lock) {
  const TemporaryDirectory directory;
  auto locked = lock_file(directory.file, "x");
  CHECK(locked.ok());
  unlock_file(directory.file, std::move(locked.value));
  CHECK(::access(directory.file.c_str(), F_OK) == -1);
  unlock_file(directory.file, UniqueFd());
}

TEST(process_a_lock_file_that_is_anothers_stays) {
  const TemporaryDirectory directory;
  auto first = lock_file(directory.file, "first");
  CHECK(first.ok() && ::unlink(directory.file.c_str()) == 0);
  auto second = lock_file(directory.file, "second");
  CHECK(second.ok());
  unlock_file(directory.file, std::move(first.value));
  CHECK(content_of(directory.file) == "second");
  CHECK(lock_file(directory.file, "third").error == EWOULDBLOCK);
}

// A marker shows whether two hold the lock at once: each makes it, and removes it before the lock.
TEST(process_a_lock_has_one_holder_while_others_take_and_remove_it) {
  const TemporaryDirectory directory;
  const auto take_often = [&] {
    for (int taken = 0; taken < 500;) {
      auto locked = lock_file(directory.file, "x");
      if (!locked.ok()) {
        if (locked.error != EWOULDBLOCK) return 1;
        continue;
      }
      const UniqueFd marker(::open(directory.link.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
      if (!marker.valid() || ::unlink(directory.link.c_str()) != 0) return 2;
      unlock_file(directory.file, std::move(locked.value));
      ++taken;
    }
    return 0;
  };
  std::vector<pid_t> children;
  for (int child = 0; child < 4; ++child) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(take_often());
    children.push_back(pid);
  }
  int failures = 0;
  for (const pid_t child : children) failures += exit_code_of(child) == 0 ? 0 : 1;
  CHECK(failures == 0);
  CHECK(::access(directory.file.c_str(), F_OK) == -1);
}

TEST(process_a_lock_is_free_when_its_holder_is_killed) {
  const TemporaryDirectory directory;
  int ready[2];
  CHECK(::pipe2(ready, O_CLOEXEC) == 0);
  const UniqueFd is_locked(ready[0]);
  UniqueFd tell(ready[1]);
  const pid_t holder = ::fork();
  if (holder == 0) {
    const auto locked = lock_file(directory.file, "holder");
    if (!locked.ok() || ::write(tell.get(), "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  tell.reset();
  char byte;
  CHECK(::read(is_locked.get(), &byte, 1) == 1);
  CHECK(lock_file(directory.file, "x").error == EWOULDBLOCK);
  CHECK(content_of(directory.file) == "holder");
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  CHECK(lock_file(directory.file, "x").ok());
}

TEST(process_a_lock_file_is_the_users_alone_and_has_the_text_of_its_holder) {
  const TemporaryDirectory directory;
  // What a holder before has left in it is longer.
  const UniqueFd before(::open(directory.file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  CHECK(::write(before.get(), "longer\n", 7) == 7);
  const auto locked = lock_file(directory.file, "text\n");
  CHECK(locked.ok());
  CHECK(content_of(directory.file) == "text\n");
  struct stat info;
  CHECK(::fstat(locked.value.get(), &info) == 0 && (info.st_mode & 07777) == 0600);
  CHECK((::fcntl(locked.value.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(process_a_lock_does_not_follow_a_link) {
  const TemporaryDirectory directory;
  CHECK(::symlink(directory.file.c_str(), directory.link.c_str()) == 0);
  CHECK(lock_file(directory.link, "x").error == ELOOP);
  CHECK(::access(directory.file.c_str(), F_OK) == -1);
  CHECK(lock_file("/nonexistent/name.lock", "x").error == ENOENT);
}

TEST(process_a_peer_is_told_by_the_kernel) {
  int pair[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  const UniqueFd one(pair[0]), other(pair[1]);
  const auto peer = peer_credentials(one.get());
  CHECK(peer.ok());
  CHECK(peer.value.pid == ::getpid() && peer.value.uid == ::getuid() && peer.value.gid == ::getgid());
}

TEST(process_what_has_no_peer_has_no_credentials) {
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(peer_credentials(file.get()).error == ENOTSOCK);
  CHECK(peer_credentials(-1).error == EBADF);
  const auto tcp = bind_ip({"127.0.0.1", 0, AF_INET, false}, Transport::kStream, true);
  CHECK(peer_credentials(tcp.value.get()).error == ENOTCONN);
}

TEST(process_orphans_are_reaped_and_known_children_are_not) {
  // The kernel names the children in the order in which they were made.
  const pid_t first = child_that_ends(7);
  const pid_t orphan = child_that_ends(1);
  const pid_t second = child_that_ends(8);
  const pid_t other_orphan = child_that_ends(2);
  CHECK(reap_orphans({first, second}) == 2);
  CHECK(is_reaped(orphan) && is_reaped(other_orphan));
  CHECK(reap_orphans({first, second}) == 0);
  CHECK(exit_code_of(first) == 7 && exit_code_of(second) == 8);
  CHECK(reap_orphans({}) == 0);
}

TEST(process_an_orphan_before_a_known_child_is_reaped) {
  const pid_t orphan = child_that_ends(1);
  const pid_t known = child_that_ends(7);
  CHECK(reap_orphans({known}) == 1);
  CHECK(is_reaped(orphan));
  CHECK(exit_code_of(known) == 7);
}

TEST(process_an_orphan_that_runs_is_left_to_run) {
  const pid_t orphan = ::fork();
  if (orphan == 0) {
    for (;;) ::pause();
  }
  const pid_t known = child_that_ends(7);
  CHECK(reap_orphans({known}) == 0);
  CHECK(::kill(orphan, SIGKILL) == 0);
  siginfo_t info{};
  CHECK(::waitid(P_PID, static_cast<id_t>(orphan), &info, WEXITED | WNOWAIT) == 0);
  CHECK(reap_orphans({known}) == 1);
  CHECK(is_reaped(orphan));
  CHECK(exit_code_of(known) == 7);
}

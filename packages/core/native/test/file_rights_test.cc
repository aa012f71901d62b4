#include "file_rights.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include "check.h"
#include "unique_fd.h"

using namespace baton;

namespace {

constexpr uid_t kSomebody = 65534;

// A directory that all may write, with a file that its owner alone may read.
struct Place {
  char path[32] = "/tmp/baton-test-XXXXXX";
  std::string secret = std::string(::mkdtemp(path)) + "/secret";
  std::string made = std::string(path) + "/made";

  Place() {
    ::chmod(path, 0777);
    const UniqueFd file(::open(secret.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  }
  ~Place() {
    ::unlink(secret.c_str());
    ::unlink(made.c_str());
    ::rmdir(path);
  }
};

int open_error(const std::string& file) {
  const UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return opened.valid() ? 0 : errno;
}

bool is_root() {
  if (::geteuid() == 0) return true;
  std::puts("file_rights: skipped, needs root");
  return false;
}

uint64_t capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  ::syscall(SYS_capget, &header, data);
  return data[0].effective | uint64_t{data[1].effective} << 32;
}

}  // namespace

TEST(file_rights_are_those_of_another_for_this_thread_alone) {
  if (!is_root()) return;
  const Place place;
  const uint64_t before = capabilities();
  {
    const BorrowedRights rights({kSomebody, kSomebody, {kSomebody}, 0});
    CHECK(rights.error() == 0);
    CHECK(open_error(place.secret) == EACCES);
    const UniqueFd made(::open(place.made.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    struct stat info;
    CHECK(::fstat(made.get(), &info) == 0 && info.st_uid == kSomebody && info.st_gid == kSomebody);
    CHECK(capabilities() == 0);
    CHECK(::geteuid() == 0);  // whoever it is may not send it signals
  }
  CHECK(open_error(place.secret) == 0);
  CHECK(capabilities() == before);
}

TEST(file_rights_are_given_back_whole) {
  if (!is_root()) return;
  const int count = ::getgroups(0, nullptr);
  CHECK(::prctl(PR_SET_PDEATHSIG, SIGUSR1) == 0);
  CHECK(::prctl(PR_GET_DUMPABLE) == 1);
  { const BorrowedRights rights({kSomebody, kSomebody, {1, 2, 3}, 0}); }
  int death_signal = 0;
  CHECK(::prctl(PR_GET_PDEATHSIG, &death_signal) == 0 && death_signal == SIGUSR1);
  CHECK(::prctl(PR_SET_PDEATHSIG, 0) == 0);
  CHECK(::prctl(PR_GET_DUMPABLE) == 1);
  CHECK(::getgroups(0, nullptr) == count);
}

TEST(file_rights_other_threads_keep_theirs) {
  if (!is_root()) return;
  const Place place;
  int command[2], answer[2];
  CHECK(::pipe2(command, O_CLOEXEC) == 0 && ::pipe2(answer, O_CLOEXEC) == 0);
  std::thread other([&] {
    char byte;
    if (::read(command[0], &byte, 1) != 1) return;
    const char error = static_cast<char>(open_error(place.secret));
    if (::write(answer[1], &error, 1) != 1) return;
  });
  char error = -1;
  {
    const BorrowedRights rights({kSomebody, kSomebody, {}, 0});
    CHECK(::write(command[1], "x", 1) == 1);
    CHECK(::read(answer[0], &error, 1) == 1);
  }
  other.join();
  for (const int fd : {command[0], command[1], answer[0], answer[1]}) ::close(fd);
  CHECK(error == 0);
}

TEST(file_rights_fewer_capabilities_of_the_same_user) {
  if (!is_root()) return;
  const Place place;
  CHECK(::chown(place.secret.c_str(), kSomebody, kSomebody) == 0);
  CHECK(open_error(place.secret) == 0);
  {
    const BorrowedRights rights({0, 0, {}, 0});
    CHECK(rights.error() == 0);
    CHECK(open_error(place.secret) == EACCES);
  }
  CHECK(open_error(place.secret) == 0);
}

TEST(file_rights_that_this_process_may_not_have_are_refused) {
  if (!is_root()) return;
  const Place place;
  const BorrowedRights somebody({kSomebody, kSomebody, {}, 0});
  const BorrowedRights another({1, kSomebody, {}, 0});
  CHECK(another.error() == EPERM);
  CHECK(open_error(place.secret) == EACCES);
}

#include "file_rights.h"

#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace baton {
namespace {

// libc's setgroups(3) would change all threads (nptl(7)); the system call changes this one.
#ifdef SYS_setgroups32
constexpr long kSetGroups = SYS_setgroups32;
#else
constexpr long kSetGroups = SYS_setgroups;
#endif

constexpr uid_t kNoId = static_cast<uid_t>(-1);

// setfsuid(2) and setfsgid(2) tell no failure, only what was before: asked for what cannot be, they tell what
// is.
uid_t file_uid() { return static_cast<uid_t>(::setfsuid(kNoId)); }
gid_t file_gid() { return static_cast<gid_t>(::setfsgid(kNoId)); }

bool set_file_uid(uid_t uid) {
  ::setfsuid(uid);
  return file_uid() == uid;
}

bool set_file_gid(gid_t gid) {
  ::setfsgid(gid);
  return file_gid() == gid;
}

std::vector<gid_t> groups_of_thread() {
  std::vector<gid_t> groups(static_cast<size_t>(::getgroups(0, nullptr)));
  ::getgroups(static_cast<int>(groups.size()), groups.data());
  return groups;
}

// Only who has CAP_SETGID may set even the same.
bool set_groups(const std::vector<gid_t>& groups) {
  return groups == groups_of_thread() || ::syscall(kSetGroups, groups.size(), groups.data()) == 0;
}

struct Capabilities {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};

  Capabilities() { ::syscall(SYS_capget, &header, data); }
  uint64_t effective() const { return data[0].effective | uint64_t{data[1].effective} << 32; }
};

bool set_effective(uint64_t capabilities) {
  Capabilities now;
  if (now.effective() == capabilities) return true;
  now.data[0].effective = static_cast<uint32_t>(capabilities);
  now.data[1].effective = static_cast<uint32_t>(capabilities >> 32);
  return ::syscall(SYS_capset, &now.header, now.data) == 0;
}

}  // namespace

BorrowedRights::BorrowedRights(const FileRights& rights)
    : own_{file_uid(), file_gid(), groups_of_thread(), Capabilities().effective()},
      dumpable_(::prctl(PR_GET_DUMPABLE)) {
  ::prctl(PR_GET_PDEATHSIG, &death_signal_);
  if (take(rights)) return;
  error_ = EPERM;
  give_back();
}

BorrowedRights::~BorrowedRights() {
  if (error_ == 0) give_back();
}

bool BorrowedRights::take(const FileRights& rights) {
  // Another uid than 0 takes the capabilities that concern files away by itself; what else it had is to go
  // too.
  return set_groups(rights.groups) && set_file_gid(rights.gid) && set_file_uid(rights.uid) &&
         set_effective(Capabilities().effective() & rights.capabilities);
}

void BorrowedRights::give_back() {
  // The capabilities first, since the others need them, and last, since uid 0 brings those that concern
  // files.
  const bool is_back = set_effective(own_.capabilities) && set_file_uid(own_.uid) && set_file_gid(own_.gid) &&
                       set_groups(own_.groups) && set_effective(own_.capabilities);
  if (!is_back) {
    std::fputs("baton: this thread cannot restore its access rights to files\n", stderr);
    std::abort();
  }
  // The kernel takes both from whoever changes its ids. Of the former 1 is the only value that can be set
  // again, and the usual one (prctl(2)).
  if (dumpable_ == 1) ::prctl(PR_SET_DUMPABLE, 1);
  if (death_signal_ != 0) ::prctl(PR_SET_PDEATHSIG, death_signal_);
}

}  // namespace baton

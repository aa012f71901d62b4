#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace baton {

// What the kernel checks when a process touches files (credentials(7), path_resolution(7)).
struct FileRights {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;   // the supplementary ones
  uint64_t capabilities = ~0;  // effective, a bit each (capabilities(7))
};

// While it lives, this thread, and no other of the process, has the rights of somebody else to files, and no
// more capabilities than that one. It stays what it is to signals and to ptrace(2): to those the real,
// effective and saved ids count, and whoever is borrowed from could kill the process otherwise.
//
// Threads that are started meanwhile would keep the rights for good; so nothing but calls that touch files
// belongs here.
class BorrowedRights {
 public:
  explicit BorrowedRights(const FileRights& rights);
  // Ends the process if the thread cannot have its own back.
  ~BorrowedRights();
  BorrowedRights(const BorrowedRights&) = delete;
  BorrowedRights& operator=(const BorrowedRights&) = delete;

  // 0, or an errno: EPERM if this process may not have such rights. Then it has its own.
  int error() const { return error_; }

 private:
  bool take(const FileRights& rights);
  void give_back();

  FileRights own_;
  int dumpable_ = 0;
  int death_signal_ = 0;
  int error_ = 0;
};

}  // namespace baton

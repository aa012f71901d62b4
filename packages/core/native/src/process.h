#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "result.h"
#include "unique_fd.h"

namespace baton {

// Takes the exclusive lock of a file (flock(2)), and puts `text` into it in place of what is there. The file
// is made where there is none, for this user alone; a symbolic link is ELOOP. EWOULDBLOCK: another has the
// lock. It is free once the fd is closed, at the latest with the end of the process; children do not inherit
// it.
Result<UniqueFd> lock_file(const std::string& path, const std::string& text);

// Removes a file that lock_file() has locked, if it is still that of the path, and frees the lock.
void unlock_file(const std::string& path, UniqueFd file);

struct Credentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// Who is at the other end of a connected AF_UNIX socket: whoever connected, or called listen(2), as it was
// then (unix(7), SO_PEERCRED).
Result<Credentials> peer_credentials(int fd);

// Takes the exit status of every ended child that is not in `known`, and returns of how many. The status of a
// known one stays for whoever waits for it.
int reap_orphans(const std::vector<pid_t>& known);

}  // namespace baton

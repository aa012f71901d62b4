#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "socket_option.h"

namespace baton {
namespace {

bool is_number(const char* name) { return *name >= '1' && *name <= '9'; }

// The parent of a process (proc_pid_stat(5)); 0 if it is gone. Its name, in parentheses, may hold any
// character.
pid_t parent_of(const char* pid) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen((std::string("/proc/") + pid + "/stat").c_str(), "re"), std::fclose);
  if (file == nullptr) return 0;
  char text[256];
  text[std::fread(text, 1, sizeof text - 1, file.get())] = '\0';
  const char* name_end = std::strrchr(text, ')');
  int parent = 0;
  return name_end != nullptr && std::sscanf(name_end, ") %*c %d", &parent) == 1 ? parent : 0;
}

std::vector<pid_t> list_children() {
  std::vector<pid_t> children;
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  if (processes == nullptr) return children;
  while (const dirent* entry = ::readdir(processes.get())) {
    if (is_number(entry->d_name) && parent_of(entry->d_name) == ::getpid()) {
      children.push_back(std::atoi(entry->d_name));
    }
  }
  return children;
}

// An ended child, 0 if there is none. It stays to be waited for, and may be found again the next time.
pid_t find_ended_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid : 0;
}

bool reap(pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) > 0; }

// Whether the path leads to the open file: who gives a lock up removes it, and another may have made a new
// one.
bool is_file_of(const std::string& path, int fd) {
  struct stat opened = {};
  struct stat found = {};
  return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &found) == 0 && opened.st_dev == found.st_dev &&
         opened.st_ino == found.st_ino;
}

int write_all(int fd, const std::string& text) {
  const auto size = static_cast<ssize_t>(text.size());
  if (::ftruncate(fd, 0) != 0) return errno;
  const ssize_t written = ::pwrite(fd, text.data(), text.size(), 0);
  if (written == size) return 0;
  return written < 0 ? errno : ENOSPC;
}

// Each that is taken in vain was given up by another in that moment.
constexpr int kMostTries = 1'000;

}  // namespace

Result<UniqueFd> lock_file(const std::string& path, const std::string& text) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    UniqueFd file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return Result<UniqueFd>::failure(errno);
    const int refusal = ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (!is_file_of(path, file.get())) continue;
    if (refusal != 0) return Result<UniqueFd>::failure(refusal);
    const int error = write_all(file.get(), text);
    if (error == 0) return file;
    unlock_file(path, std::move(file));
    return Result<UniqueFd>::failure(error);
  }
  return Result<UniqueFd>::failure(ESTALE);
}

void unlock_file(const std::string& path, UniqueFd file) {
  // In this order: once the lock is free, the file may be another's.
  if (is_file_of(path, file.get())) ::unlink(path.c_str());
  file.reset();
}

Result<Credentials> peer_credentials(int fd) {
  const auto found = get_socket_option<ucred>(fd, SOL_SOCKET, SO_PEERCRED);
  if (!found.ok()) return Result<Credentials>::failure(found.error);
  const ucred& peer = found.value;
  // The kernel knows the peers of AF_UNIX sockets only, and only once they are connected.
  if (peer.pid == 0 && peer.uid == static_cast<uid_t>(-1)) return Result<Credentials>::failure(ENOTCONN);
  return Credentials{peer.pid, peer.uid, peer.gid};
}

int reap_orphans(const std::vector<pid_t>& known) {
  const auto is_known = [&](pid_t pid) { return std::find(known.begin(), known.end(), pid) != known.end(); };
  int reaped = 0;
  for (pid_t ended = find_ended_child(); ended != 0; ended = find_ended_child()) {
    if (!is_known(ended)) {
      reaped += reap(ended) ? 1 : 0;
      continue;
    }
    // The kernel would name this one again and again; others may be behind it.
    for (const pid_t child : list_children()) {
      if (!is_known(child) && reap(child)) ++reaped;
    }
    break;
  }
  return reaped;
}

}  // namespace baton

#include <sys/stat.h>

// fstat(2) and its kin as every glibc has them: before 2.33 they were no functions of libc.so, but stubs that
// called these. zig links stubs of its own, which write a failure to an `errno` of their own.
extern "C" {

int __xstat(int version, const char* path, struct stat* status);
int __fxstat(int version, int fd, struct stat* status);
int __lxstat(int version, const char* path, struct stat* status);
int __fxstatat(int version, int fd, const char* path, struct stat* status, int flags);

// _STAT_VER, which the headers no longer have: the kernel's own struct.
#if defined(__x86_64__)
static const int kVersion = 1;
#else
static const int kVersion = 0;
#endif

int stat(const char* path, struct stat* status) { return __xstat(kVersion, path, status); }
int fstat(int fd, struct stat* status) { return __fxstat(kVersion, fd, status); }
int lstat(const char* path, struct stat* status) { return __lxstat(kVersion, path, status); }
int fstatat(int fd, const char* path, struct stat* status, int flags) {
  return __fxstatat(kVersion, fd, path, status, flags);
}

}  // extern "C"

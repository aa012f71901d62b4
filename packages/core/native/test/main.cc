#include <dirent.h>

#include <vector>

#include "check.h"

namespace check {
namespace {

struct Test {
  const char* name;
  Body body;
};

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

bool failed = false;

int count_open_fds() {
  DIR* directory = ::opendir("/proc/self/fd");
  int count = 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

}  // namespace

int add(const char* name, Body body) {
  tests().push_back({name, body});
  return 0;
}

void fail(const char* file, int line, const char* expression) {
  failed = true;
  std::printf("  %s:%d: %s\n", file, line, expression);
}

}  // namespace check

int main() {
  int failures = 0;
  for (const auto& test : check::tests()) {
    check::failed = false;
    const int fds = check::count_open_fds();
    test.body();
    if (check::count_open_fds() != fds) check::fail(test.name, 0, "the test left fds open or closed others'");
    std::printf("%s %s\n", check::failed ? "FAIL" : "ok  ", test.name);
    failures += check::failed ? 1 : 0;
  }
  std::printf("%zu tests, %d failed\n", check::tests().size(), failures);
  return failures == 0 ? 0 : 1;
}

#include <dirent.h>

#include <cstdlib>
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
const char* missing = nullptr;  // what the kernel lacks, for which the test is skipped

}  // namespace

int add(const char* name, Body body) {
  tests().push_back({name, body});
  return 0;
}

void fail(const char* file, int line, const char* expression) {
  failed = true;
  std::printf("  %s:%d: %s\n", file, line, expression);
}

void skip(const Feature& feature) { missing = feature.name; }

int count_open_fds() {
  DIR* directory = ::opendir("/proc/self/fd");
  int count = 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

}  // namespace check

// The argument is how many tests are to be skipped: 0 without one, since a real kernel has all that they
// need.
int main(int argc, char** argv) {
  const int expected = argc > 1 ? std::atoi(argv[1]) : 0;
  int failures = 0, skipped = 0;
  for (const auto& test : check::tests()) {
    check::failed = false;
    check::missing = nullptr;
    const int fds = check::count_open_fds();
    test.body();
    // Before the fds are counted: the probe may have cost some.
    if (check::missing != nullptr) {
      std::printf("skip %s: needs %s\n", test.name, check::missing);
      ++skipped;
      continue;
    }
    if (check::count_open_fds() != fds) check::fail(test.name, 0, "the test left fds open or closed others'");
    std::printf("%s %s\n", check::failed ? "FAIL" : "ok  ", test.name);
    failures += check::failed ? 1 : 0;
  }
  if (skipped != 0 || expected != 0) std::printf("%d skipped, and %d expected to be\n", skipped, expected);
  std::printf("%zu tests, %d failed\n", check::tests().size() - static_cast<size_t>(skipped), failures);
  return failures == 0 && skipped == expected ? 0 : 1;
}

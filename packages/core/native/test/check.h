#pragma once

#include <cstdio>

// The least of a test framework: TEST(name) { CHECK(...); }. A failed check is printed, ends its test, and
// fails the run. NEEDS(feature) skips a test where the kernel, an emulated one, lacks something.
namespace check {

using Body = void (*)();

int add(const char* name, Body body);
void fail(const char* file, int line, const char* expression);

struct Feature {
  const char* name;
  bool (*is_there)();
};
void skip(const Feature& missing);

int count_open_fds();

}  // namespace check

#define TEST(name)                                                           \
  static void name();                                                        \
  [[maybe_unused]] static const int name##_added = check::add(#name, &name); \
  static void name()

#define CHECK(expression)                           \
  do {                                              \
    if (!(expression)) {                            \
      check::fail(__FILE__, __LINE__, #expression); \
      return;                                       \
    }                                               \
  } while (0)

#define NEEDS(feature)         \
  do {                         \
    if (!feature.is_there()) { \
      check::skip(feature);    \
      return;                  \
    }                          \
  } while (0)

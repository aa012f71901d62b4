#pragma once

#include <utility>

namespace baton {

// A value, or the errno that explains its absence.
template <typename T>
struct Result {
  T value{};
  int error = 0;

  Result(T v) : value(std::move(v)) {}
  static Result failure(int error) { return Result(error, Failed{}); }
  bool ok() const { return error == 0; }

 private:
  struct Failed {};
  Result(int e, Failed) : error(e) {}
};

}  // namespace baton

#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace baton {

// Which of the sockets that share an address by SO_REUSEPORT (socket(7)) the kernel gives new connections to.
// Mirrors the kernel's order: of listen(2), and when one closes, the last moves into its place
// (net/core/sock_reuseport.c).
class ReuseportGroup {
 public:
  // `socket` is the caller's, and listens from now on, or stops to. The second must come after close(2).
  void add(int socket) { members_.push_back({socket, true}); }
  void remove(int socket);
  // Whether new connections may come to a member. In force after steer().
  void set_wanted(int socket, bool wanted);
  // Tells the kernel. 0, or the errno of setsockopt(2). If all or none are wanted, it chooses by its own
  // hash.
  int steer() const;

 private:
  struct Member {
    int socket;
    bool wanted;
  };
  std::vector<Member> members_;
};

// A classic BPF program that returns one of `indexes`, each as often as the others. Not empty.
std::vector<sock_filter> choose_among(const std::vector<uint32_t>& indexes);

}  // namespace baton

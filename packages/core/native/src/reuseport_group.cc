#include "reuseport_group.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace baton {

// By chance, not by the packet's hash, which a network card may not have computed.
std::vector<sock_filter> choose_among(const std::vector<uint32_t>& indexes) {
  const auto count = static_cast<uint32_t>(indexes.size());
  constexpr auto kRandom = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM);
  std::vector<sock_filter> program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kRandom),
                                      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, count)};
  for (uint32_t i = 0; i + 1 < count; ++i) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, i, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, indexes[i]));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, indexes.back()));
  return program;
}

void ReuseportGroup::remove(int socket) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.socket == socket; });
  if (found == members_.end()) return;
  *found = members_.back();
  members_.pop_back();
}

void ReuseportGroup::set_wanted(int socket, bool wanted) {
  for (Member& member : members_) {
    if (member.socket == socket) member.wanted = wanted;
  }
}

int ReuseportGroup::steer() const {
  if (members_.empty()) return 0;
  std::vector<uint32_t> wanted;
  for (uint32_t i = 0; i < members_.size(); ++i) {
    if (members_[i].wanted) wanted.push_back(i);
  }
  const int socket = members_.back().socket;  // the program is the whole group's
  if (wanted.empty() || wanted.size() == members_.size()) {
    const int none = 0;
    const int done = ::setsockopt(socket, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &none, sizeof none);
    return done == 0 || errno == ENOENT ? 0 : errno;
  }
  std::vector<sock_filter> code = choose_among(wanted);
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0 ? 0
                                                                                                   : errno;
}

}  // namespace baton

#pragma once

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>

#include "channel.h"
#include "check.h"
#include "reuseport_group.h"
#include "tcp.h"

// What some tests need of the kernel, and qemu-user's lacks (7.2; linux-user/syscall.c).
namespace baton {

// It knows TCP_INFO for an option of four bytes.
inline const check::Feature kWholeTcpInfo{
    "the whole of TCP_INFO", [] {
      const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      return TcpInfo(socket.get()).get(&tcp_info::tcpi_bytes_sent).has_value();
    }};

inline const check::Feature kReuseportFilters{
    "SO_ATTACH_REUSEPORT_CBPF", [] {
      const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const int shared = 1;
      ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &shared, sizeof shared);
      auto code = choose_among({0});
      const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
      return ::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0;
    }};

// It receives twice the room asked for, and forgets what is too much for its guest.
inline const check::Feature kSurplusFdsClosed{"fds for which there is no room to be closed", [] {
                                                auto ends = Channel::make_pair().value;
                                                int sent[8];
                                                std::fill(sent, sent + 8, ends.first.fd());
                                                char control[CMSG_SPACE(sizeof sent)] = {};
                                                char byte = 'x';
                                                iovec part{&byte, 1};
                                                msghdr message{};
                                                message.msg_iov = &part;
                                                message.msg_iovlen = 1;
                                                message.msg_control = control;
                                                message.msg_controllen = sizeof control;
                                                cmsghdr* header = CMSG_FIRSTHDR(&message);
                                                header->cmsg_level = SOL_SOCKET;
                                                header->cmsg_type = SCM_RIGHTS;
                                                header->cmsg_len = CMSG_LEN(sizeof sent);
                                                std::copy(sent, sent + 8,
                                                          reinterpret_cast<int*>(CMSG_DATA(header)));
                                                const int before = check::count_open_fds();
                                                if (::sendmsg(ends.first.fd(), &message, MSG_NOSIGNAL) < 0)
                                                  return false;
                                                RecordBuffer buffer;
                                                (void)ends.second.receive(buffer);
                                                return check::count_open_fds() == before;
                                              }};

}  // namespace baton

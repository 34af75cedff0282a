// The system calls of a session without thread cancellation. In a program with threads glibc
// makes each of them a cancellation point, which costs two atomic operations a call: 1.2 % of a
// tunnel's whole cost. This program cancels no thread. As their namesakes in section 2 of the
// manual; sends raise no SIGPIPE.
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

namespace sallyport::sys {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

// The sanitizers look at buffers in glibc's.
inline ssize_t recv(int fd, char* to, std::size_t size) { return ::recv(fd, to, size, 0); }
inline ssize_t send(int fd, const char* from, std::size_t size) {
  return ::send(fd, from, size, MSG_NOSIGNAL);
}
inline ssize_t sendmsg(int fd, const msghdr* message) {
  return ::sendmsg(fd, message, MSG_NOSIGNAL);
}
inline int accept(int fd, sockaddr* from, socklen_t* size) {
  return ::accept4(fd, from, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
inline int connect(int fd, const sockaddr* to, socklen_t size) { return ::connect(fd, to, size); }
inline int close(int fd) { return ::close(fd); }

#else

inline ssize_t recv(int fd, char* to, std::size_t size) {
  return ::syscall(SYS_recvfrom, fd, to, size, 0, nullptr, nullptr);
}
inline ssize_t send(int fd, const char* from, std::size_t size) {
  return ::syscall(SYS_sendto, fd, from, size, MSG_NOSIGNAL, nullptr, 0);
}
inline ssize_t sendmsg(int fd, const msghdr* message) {
  return ::syscall(SYS_sendmsg, fd, message, MSG_NOSIGNAL);
}
inline int accept(int fd, sockaddr* from, socklen_t* size) {
  return static_cast<int>(::syscall(SYS_accept4, fd, from, size, SOCK_NONBLOCK | SOCK_CLOEXEC));
}
inline int connect(int fd, const sockaddr* to, socklen_t size) {
  return static_cast<int>(::syscall(SYS_connect, fd, to, size));
}
inline int close(int fd) { return static_cast<int>(::syscall(SYS_close, fd)); }

#endif

/// After a call that failed: nothing is wrong, it would only have had to wait. Calls on sockets
/// that do not block are never interrupted.
inline bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

/// As recv(2) of one byte, which stays to be read.
inline ssize_t peek(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

/// Two parts, one behind the other, in one call.
inline ssize_t send(int fd, std::string_view first, std::string_view second) {
  iovec parts[2] = {{const_cast<char*>(first.data()), first.size()},
                    {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  return sys::sendmsg(fd, &message);
}

}  // namespace sallyport::sys

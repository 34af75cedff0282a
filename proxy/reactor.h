// Tells who waits when a socket may be read or written: one epoll instance a worker,
// edge-triggered, which Asio watches as one descriptor (SPEED.md rule 20). A socket is added at its
// first wait and leaves by being closed; between the two a wait is no system call and allocates
// nothing. On its worker's thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <vector>

#include "proxy/net.h"
#include "proxy/ready_handler.h"

namespace sallyport {

class Reactor {
 public:
  enum class Until : std::uint8_t { readable, writable };

  /// Throws where the kernel gives no descriptor: at start-up.
  explicit Reactor(executor worker);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Calls `handler` once the socket may be ready, never from within; with an error where it cannot
  /// be watched, or is closed. It may be called though nothing came: the system call tells.
  /// REQUIRES: nobody waits for the same of that socket.
  void wait(int fd, Until what, ReadyHandler handler);

  /// An error, a reset or the end of what the peer sends was told of this socket.
  bool has_ended(int fd) const {
    const auto place = static_cast<std::size_t>(fd);
    return place < entries_.size() && entries_[place].has_ended;
  }

  /// Ends the waits for this socket with operation_aborted, soon.
  void cancel(int fd);

  /// The same, and what is known of the descriptor is forgotten. To be called before it is closed.
  void forget(int fd);

  executor worker() { return watch_.get_executor(); }

 private:
  struct Entry {
    ReadyHandler reader;
    ReadyHandler writer;
    std::uint32_t generation = 0;  ///< of the descriptor's number, which the kernel gives again
    bool is_added = false;
    /// The kernel was asked to tell no more of bytes that come: nobody reads them now.
    bool is_muted = false;
    // What was told while nobody waited. The end of a stream is told once.
    bool is_readable = false;
    bool is_writable = false;
    bool has_ended = false;
  };
  /// A handler that is called by the next turn of the context.
  struct Due {
    ReadyHandler handler;
    int fd;
    std::uint32_t generation;
    error_code error;
  };

  Entry& entry(int fd);
  bool add(int fd, Entry& entry);
  void mute(int fd, Entry& entry);
  bool unmute(int fd, Entry& entry);
  void call_soon(ReadyHandler handler, int fd, std::uint32_t generation, error_code error);
  void call_due();
  void watch();
  void take_events();
  void tell(int fd, std::uint32_t generation, std::uint32_t events);
  bool is_known(int fd, std::uint32_t generation) const;

  std::vector<Entry> entries_;  ///< by descriptor
  std::vector<Due> due_;
  bool is_due_posted_ = false;
  stream_descriptor watch_;  ///< the epoll instance
  std::array<epoll_event, 128> events_;
};

}  // namespace sallyport

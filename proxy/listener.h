// One listening socket of a worker: accepts, and starts a session for each connection or puts it
// into the waiting room. Pauses where descriptors or connections run out, and goes on by itself.
#pragma once

#include <cstdint>

#include "policy/values/ip_address.h"
#include "proxy/net.h"
#include "proxy/socket.h"

namespace sallyport {

class Worker;

class Listener {
 public:
  /// Takes over a listening, non-blocking socket.
  Listener(Worker& worker, std::uint16_t number, int fd);

  void start();
  /// Serves what is in the queue already, then closes: a connection that the kernel completed is
  /// not reset.
  void close();

 private:
  enum class Accept : std::uint8_t { taken, none, exhausted };

  void accept_some();
  Accept accept_one();
  void wait();
  void pause();

  Worker& worker_;
  std::uint16_t number_;
  Socket socket_;
  steady_timer pause_;
  bool is_closed_ = false;
};

/// A listening, non-blocking socket on that address, with the options that accepted sockets
/// inherit. The port is shared with others of the same user (SO_REUSEPORT): a socket a worker, and
/// the next gate while this one drains. -1 and errno where it fails.
int open_listener(const IpAddress& address, std::uint16_t port);

}  // namespace sallyport

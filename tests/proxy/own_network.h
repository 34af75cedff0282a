// A network of one's own for a test: a thread that sees nothing but a loopback with the benchmark
// address 198.18.0.1 on it, which the gate may dial where a policy allows the range.
#pragma once

#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sched.h>

#include "tests/proxy/loopback.h"

namespace sallyport::test {

inline constexpr const char* kOriginAddress = "198.18.0.1";

/// Moves the calling thread, and those that it starts, into such a network. False: not permitted.
inline bool enter_own_network() {
  if (::unshare(CLONE_NEWNET) != 0) return false;
  const Fd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto with = [&any](const char* name, unsigned long call, ifreq request) {
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return ::ioctl(any.get(), call, &request) == 0;
  };
  ifreq up{};
  up.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
  ifreq address{};
  const sockaddr_in at = loopback(0, kOriginAddress);
  std::memcpy(&address.ifr_addr, &at, sizeof at);
  return with("lo", SIOCSIFFLAGS, up) && with("lo:1", SIOCSIFADDR, address);
}

/// Runs a test in a network of its own; says so where that is not permitted (it takes root).
template <class Function>
void in_own_network(Function function) {
  std::thread thread([&function] {
    if (enter_own_network()) {
      function();
    } else {
      MESSAGE("left out: it takes root to have a network of one's own");
    }
  });
  thread.join();
}

}  // namespace sallyport::test

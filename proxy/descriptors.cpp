#include "proxy/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace sallyport {
namespace {

/// Epoll, timers, listeners and DNS sockets of a worker; logs, metrics and files of the gate.
constexpr std::uint64_t kPerWorker = 48;
constexpr std::uint64_t kPerGate = 64;

/// What browsers and package managers of one host open at once, many times over.
constexpr std::uint32_t kPerClient = 512;

}  // namespace

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::uint32_t connections_of_one_client(std::optional<std::uint32_t> written, std::uint32_t all) {
  return written.value_or(std::clamp<std::uint32_t>(all / 2, 1, kPerClient));
}

std::uint32_t connections_carried(std::uint64_t descriptors, std::size_t workers) {
  // A small limit keeps at least half of itself for connections; splice is given up first.
  const std::uint64_t wanted = kPerGate + kPerWorker * workers + 2 * kPipesMax;
  const std::uint64_t reserve = std::min(wanted, descriptors / 2);
  const std::uint64_t carried = (descriptors - reserve) / 2;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(carried, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace sallyport

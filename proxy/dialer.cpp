#include "proxy/dialer.h"

#include <netinet/tcp.h>

#include <cerrno>
#include <memory>

#include "proxy/socket_address.h"

namespace sallyport {
namespace {

/// RFC 8305 section 8: the recommended Connection Attempt Delay.
constexpr std::chrono::milliseconds kNextTryAfter{250};

constexpr int kKeepaliveSeconds = 60;

/// The tries of one dial. Shared with their handlers, which may run after the dial returned.
struct Race {
  explicit Race(executor ex) : wake(ex) {}

  struct Try {
    Try(executor ex, int fd, const IpAddress& to) : socket(ex, fd), address(to) {}
    Socket socket;
    IpAddress address;
    bool is_ready = false;
  };

  steady_timer wake;  ///< cancelled whenever a try is ready
  std::vector<std::unique_ptr<Try>> tries;
};

/// Closes what lost, however the dial ends.
struct CloseRest {
  std::shared_ptr<Race> race;
  ~CloseRest() {
    for (auto& each : race->tries) each->socket.close();
  }
};

int open_socket(const IpAddress& address, const std::optional<IpAddress>& source) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  set_keepalive(fd);
  if (source && source->is_v4() == address.is_v4()) {
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_storage from{};
    const socklen_t size = to_sockaddr(*source, 0, from);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), size) != 0) {
      const int error = errno;
      ::close(fd);
      errno = error;
      return -1;
    }
  }
  return fd;
}

/// Begins a try. 0: under way; else the errno it failed with at once.
int start(const std::shared_ptr<Race>& race, executor worker, const IpAddress& address,
          const DialPlan& plan) {
  const int fd = open_socket(address, plan.source);
  if (fd < 0) return errno;
  auto& attempt = *race->tries.emplace_back(std::make_unique<Race::Try>(worker, fd, address));
  sockaddr_storage to{};
  const socklen_t size = to_sockaddr(address, plan.port, to);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), size) == 0) {
    attempt.is_ready = true;
    return 0;
  }
  if (errno != EINPROGRESS) {
    const int error = errno;
    race->tries.pop_back();
    return error;
  }
  // Not the race's index: tries that failed are removed meanwhile.
  Race::Try* self = &attempt;
  attempt.socket.when(tcp_socket::wait_write, [race, self](error_code error) {
    if (error) return;
    self->is_ready = true;
    race->wake.cancel();
  });
  return 0;
}

int socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

/// Looks at the tries that are ready: fills `result` with the first that is connected, removes
/// those that failed. True: some did, and none is connected.
bool look(Race& race, Dialled& result) {
  bool has_failed = false;
  for (auto each = race.tries.begin(); each != race.tries.end();) {
    Race::Try& attempt = **each;
    if (!attempt.is_ready) {
      ++each;
      continue;
    }
    const int error = socket_error(attempt.socket.fd());
    if (error == 0) {
      result.outcome = Dialled::Outcome::connected;
      result.address = attempt.address;
      result.socket.emplace(std::move(attempt.socket));
      race.tries.erase(each);
      return false;
    }
    has_failed = true;
    result.error = error;
    each = race.tries.erase(each);
  }
  return has_failed;
}

}  // namespace

task<Dialled> dial(executor worker, DialPlan plan) {
  const auto race = std::make_shared<Race>(worker);
  const CloseRest close_rest{race};
  const auto give_up_at = steady_clock::now() + plan.patience;
  Dialled result;
  std::size_t next = 0;
  auto next_try_at = steady_clock::now();
  for (;;) {
    const auto now = steady_clock::now();
    if (next < plan.addresses.size() && (now >= next_try_at || race->tries.empty())) {
      const int error = start(race, worker, plan.addresses[next++], plan);
      if (error != 0) result.error = error;
      next_try_at = error == 0 ? now + kNextTryAfter : now;
    }
    const bool has_failed = look(*race, result);
    if (result.outcome == Dialled::Outcome::connected) co_return std::move(result);
    const bool has_more = next < plan.addresses.size();
    if (race->tries.empty() && !has_more) co_return std::move(result);
    if (now < give_up_at && has_more && (race->tries.empty() || has_failed)) {
      next_try_at = now;  // RFC 8305 section 5: a failure is not waited out
      continue;
    }
    if (now >= give_up_at) {
      result.outcome = Dialled::Outcome::timed_out;
      co_return std::move(result);
    }
    race->wake.expires_at(has_more ? std::min(next_try_at, give_up_at) : give_up_at);
    const auto [error] = co_await race->wake.async_wait(await);
    const bool was_cancelled_by_caller =
        error &&
        (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
    if (was_cancelled_by_caller) co_return std::move(result);
  }
}

void set_keepalive(int fd) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kKeepaliveSeconds, sizeof kKeepaliveSeconds);
}

}  // namespace sallyport

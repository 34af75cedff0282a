#include "proxy/dialer.h"

#include <netinet/tcp.h>

#include <cerrno>
#include <list>
#include <memory>

#include <boost/asio/post.hpp>

#include "proxy/async_event.h"
#include "proxy/socket_address.h"
#include "proxy/system_calls.h"

namespace sallyport {
namespace {

/// RFC 8305 section 8: the recommended Connection Attempt Delay.
constexpr std::chrono::milliseconds kNextTryAfter{250};

constexpr int kKeepaliveSeconds = 60;

/// The tries of one dial. Shared with the timers, which may fire after the dial returned.
class Race final : public Watched, public std::enable_shared_from_this<Race> {
 public:
  Race(Reactor& reactor, DialPlan how) : plan(std::move(how)), reactor_(reactor) {}

  struct Try {
    Try(Race& of, int fd, const IpAddress& to) : race(of), socket(of.reactor_, fd), address(to) {}
    Race& race;
    Socket socket;
    IpAddress address;
    bool is_ready = false;
  };
  const DialPlan plan;
  std::list<Try> tries;  ///< of stable places: a wait refers to its own

  /// Begins a try. 0: under way; else the errno it failed with at once.
  int start(const IpAddress& address);

  /// `co_await`: until a try is ready, that time has come, or the dial is late.
  auto news(std::optional<steady_clock::time_point> at) {
    if (at) notify_at(*at);
    return news_.next();
  }

  bool is_late() const { return is_late_; }
  /// Posted: whoever goes through the deadlines may not meet a session that ends meanwhile.
  void expire() override {
    is_late_ = true;
    asio::post(reactor_.worker(), [race = shared_from_this()] { race->news_.notify(); });
  }

 private:
  void notify_at(steady_clock::time_point time) {
    if (!timer_) timer_.emplace(reactor_.worker());
    timer_->expires_at(time);
    timer_->async_wait([race = shared_from_this()](error_code error) {
      if (!error) race->news_.notify();
    });
  }

  Reactor& reactor_;
  AsyncEvent news_;
  std::optional<steady_timer> timer_;  ///< where there is more than one address
  bool is_late_ = false;
};

/// Closes what lost, however the dial ends.
struct CloseRest {
  Deadlines& deadlines;
  Race& race;
  ~CloseRest() {
    for (auto& each : race.tries) each.socket.close();
    deadlines.disarm(race);
  }
};

int open_socket(const IpAddress& address, const DialPlan& plan) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (plan.client_speaks_first) ::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
  set_keepalive(fd);
  if (plan.source && plan.source->is_v4() == address.is_v4()) {
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_storage from{};
    const socklen_t size = to_sockaddr(*plan.source, 0, from);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), size) != 0) {
      const int error = errno;
      ::close(fd);
      errno = error;
      return -1;
    }
  }
  return fd;
}

int Race::start(const IpAddress& address) {
  const int fd = open_socket(address, plan);
  if (fd < 0) return errno;
  Try& attempt = tries.emplace_back(*this, fd, address);
  sockaddr_storage to{};
  const socklen_t size = to_sockaddr(address, plan.port, to);
  if (sys::connect(fd, reinterpret_cast<const sockaddr*>(&to), size) == 0) {
    attempt.is_ready = true;
    return 0;
  }
  if (errno != EINPROGRESS) {
    const int error = errno;
    tries.pop_back();
    return error;
  }
  // With an error the try may be gone already.
  attempt.socket.when(Reactor::Until::writable, [&attempt](error_code error) {
    if (error) return;
    attempt.is_ready = true;
    attempt.race.news_.notify();
  });
  return 0;
}

/// 0, or the errno that the connection failed with.
int failure(const Socket& socket) {
  if (!socket.has_ended()) return 0;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

/// Looks at the tries that are ready: fills `result` with the first that is connected, removes
/// those that failed. True: some did, and none is connected.
bool look(Race& race, Dialled& result) {
  bool has_failed = false;
  for (auto each = race.tries.begin(); each != race.tries.end();) {
    Race::Try& attempt = *each;
    if (!attempt.is_ready) {
      ++each;
      continue;
    }
    const int error = failure(attempt.socket);
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

task<Dialled> dial(Reactor& reactor, Deadlines& deadlines, DialPlan plan) {
  const auto race = std::make_shared<Race>(reactor, std::move(plan));
  const AddressList& addresses = race->plan.addresses;
  const CloseRest close_rest{deadlines, *race};
  deadlines.arm(*race, Phase::connect);
  Dialled result;
  std::size_t next = 0;
  auto next_try_at = steady_clock::time_point::min();  // at once
  for (;;) {
    if (race->is_late()) {
      result.outcome = Dialled::Outcome::timed_out;
      co_return std::move(result);
    }
    const auto now = steady_clock::now();
    if (next < addresses.size() && now >= next_try_at) {
      const int error = race->start(addresses[next++]);
      if (error != 0) {
        result.error = error;  // RFC 8305 section 5: a failure is not waited out
      } else {
        next_try_at = now + kNextTryAfter;
      }
    }
    const bool has_failed = look(*race, result);
    if (result.outcome == Dialled::Outcome::connected) co_return std::move(result);
    const bool has_more = next < addresses.size();
    if (race->tries.empty() && !has_more) co_return std::move(result);
    if (has_more && (race->tries.empty() || has_failed)) {
      next_try_at = steady_clock::time_point::min();
      continue;
    }
    co_await race->news(has_more ? std::optional(next_try_at) : std::nullopt);
  }
}

void set_keepalive(int fd) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kKeepaliveSeconds, sizeof kKeepaliveSeconds);
}

}  // namespace sallyport

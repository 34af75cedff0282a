#include "proxy/commands/followed_log.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>
#include <system_error>
#include <utility>
#include <vector>

namespace sallyport {
namespace {

using namespace std::chrono_literals;
using Clock = LogInput::Clock;
using Kind = LogInput::Got::Kind;

constexpr auto kPause = 250ms;  // between two looks at a file
constexpr auto kShowAfter = 1s;
constexpr const char* kNobody = "the output takes nothing more";
constexpr std::size_t kReadBytes = std::size_t{256} * 1024;

/// SIGINT and SIGTERM, taken from now on as something to read.
class EndSignals {
 public:
  EndSignals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;
  ~EndSignals() { ::close(fd_); }

  /// Waits for one, or for `other` to have something to read (-1: nothing), at most for `span`.
  /// True once one has come.
  bool wait(int other, std::chrono::milliseconds span) const {
    pollfd waits[] = {{.fd = fd_, .events = POLLIN, .revents = 0},
                      {.fd = other, .events = POLLIN, .revents = 0}};
    ::poll(waits, 2, static_cast<int>(span.count()));
    return (waits[0].revents & POLLIN) != 0;
  }

 private:
  int fd_ = -1;
};

/// When something is to be shown.
class Showing {
 public:
  explicit Showing(const std::function<bool()>& show) : show_(show) {}

  void changed() { is_new_ = true; }

  /// Shows what is new where it is time, or where everything was read and nothing was shown yet.
  /// False: nobody can be shown anything any more.
  bool show(Clock::time_point now, bool is_all_read) {
    const bool is_first = is_all_read && !was_shown_;
    if (!is_first && (!is_new_ || now < next_)) return true;
    next_ = now + kShowAfter;
    was_shown_ = true;
    is_new_ = false;
    return show_();
  }

  bool show_last() { return (was_shown_ && !is_new_) || show_(); }

 private:
  const std::function<bool()>& show_;
  Clock::time_point next_ = Clock::now() + kShowAfter;
  bool is_new_ = false;
  bool was_shown_ = false;
};

/// Tells once of a new file that cannot be opened; the former one is read on.
void tell_error(int error, int& told) {
  if (error == std::exchange(told, error) || error == 0) return;
  std::cerr << "sallyport: the new file cannot be opened yet: " << std::strerror(error) << '\n';
}

}  // namespace

std::string follow_log(LogInput& input, AuditLogReader& log, const std::function<bool()>& show) {
  const EndSignals end_signals;
  Showing showing(show);
  std::vector<char> buffer(kReadBytes);
  for (int told = 0;;) {
    const auto now = Clock::now();
    const LogInput::Got got = input.read(buffer.data(), buffer.size(), now);
    if (got.kind == Kind::failed) return std::strerror(got.error);
    if (got.kind == Kind::end) {
      log.end();
      return showing.show_last() ? "" : kNobody;
    }
    if (got.kind == Kind::bytes) log.read({buffer.data(), got.bytes});
    if (got.kind == Kind::anew) log.begin_anew();
    const bool is_all_read = got.kind == Kind::nothing;
    if (is_all_read) {
      tell_error(got.error, told);
    } else {
      showing.changed();
    }
    if (!showing.show(now, is_all_read)) return kNobody;
    if (!end_signals.wait(input.descriptor(), is_all_read ? kPause : 0ms)) continue;
    return showing.show_last() ? "" : kNobody;
  }
}

}  // namespace sallyport

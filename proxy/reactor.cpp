#include "proxy/reactor.h"

#include <cerrno>
#include <system_error>

#include <boost/asio/post.hpp>

namespace sallyport {
namespace {

int open_epoll() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kWritable = EPOLLOUT | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kEnded = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kMutedInterest = EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kInterest = kMutedInterest | EPOLLIN;

epoll_event event_of(int fd, std::uint32_t generation, std::uint32_t interest) {
  epoll_event event{};
  event.events = interest;
  event.data.u64 = std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
  return event;
}

}  // namespace

Reactor::Reactor(executor worker) : watch_(worker, open_epoll()) { watch(); }

Reactor::Entry& Reactor::entry(int fd) {
  const auto place = static_cast<std::size_t>(fd);
  if (place >= entries_.size()) entries_.resize(place + 64);
  return entries_[place];
}

void Reactor::wait(int fd, Until what, ReadyHandler handler) {
  if (fd < 0) return call_soon(std::move(handler), fd, 0, asio::error::bad_descriptor);
  Entry& here = entry(fd);
  if (!here.is_added && !add(fd, here)) {
    const error_code why(errno, boost::system::system_category());
    return call_soon(std::move(handler), fd, here.generation, why);
  }
  if (what == Until::readable && here.is_muted && !unmute(fd, here)) {
    const error_code why(errno, boost::system::system_category());
    return call_soon(std::move(handler), fd, here.generation, why);
  }
  bool& was_told = what == Until::readable ? here.is_readable : here.is_writable;
  if (was_told || (what == Until::readable && here.has_ended)) {
    was_told = false;
    return call_soon(std::move(handler), fd, here.generation, {});
  }
  (what == Until::readable ? here.reader : here.writer) = std::move(handler);
}

bool Reactor::add(int fd, Entry& entry) {
  epoll_event event = event_of(fd, entry.generation, kInterest);
  entry.is_added = ::epoll_ctl(watch_.native_handle(), EPOLL_CTL_ADD, fd, &event) == 0;
  return entry.is_added;
}

// Where the other side takes nothing for a while, each segment that comes would wake the worker.
void Reactor::mute(int fd, Entry& entry) {
  epoll_event event = event_of(fd, entry.generation, kMutedInterest);
  entry.is_muted = ::epoll_ctl(watch_.native_handle(), EPOLL_CTL_MOD, fd, &event) == 0;
}

// What came meanwhile is told by the kernel at once (epoll_ctl(2), EPOLL_CTL_MOD).
bool Reactor::unmute(int fd, Entry& entry) {
  epoll_event event = event_of(fd, entry.generation, kInterest);
  entry.is_muted = ::epoll_ctl(watch_.native_handle(), EPOLL_CTL_MOD, fd, &event) != 0;
  return !entry.is_muted;
}

void Reactor::cancel(int fd) {
  Entry& here = entry(fd);
  const error_code aborted = asio::error::operation_aborted;
  if (here.reader) call_soon(std::move(here.reader), fd, here.generation, aborted);
  if (here.writer) call_soon(std::move(here.writer), fd, here.generation, aborted);
}

void Reactor::forget(int fd) {
  cancel(fd);
  Entry& here = entry(fd);
  ++here.generation;
  here.is_added = here.is_muted = false;
  here.is_readable = here.is_writable = here.has_ended = false;
}

void Reactor::call_soon(ReadyHandler handler, int fd, std::uint32_t generation, error_code error) {
  due_.push_back({std::move(handler), fd, generation, error});
  if (is_due_posted_) return;
  is_due_posted_ = true;
  asio::post(worker(), [this] { call_due(); });
}

void Reactor::call_due() {
  is_due_posted_ = false;
  std::vector<Due> due;
  due.swap(due_);
  for (Due& each : due) {
    // Closed meanwhile: whatever it was told before, it waits for nothing any more.
    const bool is_gone = each.fd >= 0 && !is_known(each.fd, each.generation);
    each.handler(is_gone ? error_code(asio::error::operation_aborted) : each.error);
  }
}

bool Reactor::is_known(int fd, std::uint32_t generation) const {
  return entries_[static_cast<std::size_t>(fd)].generation == generation;
}

void Reactor::watch() {
  watch_.async_wait(stream_descriptor::wait_read, [this](error_code error) {
    if (error) return;
    take_events();
    watch();
  });
}

void Reactor::take_events() {
  const int count =
      ::epoll_wait(watch_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    tell(static_cast<int>(event.data.u64 & 0xffffffff),
         static_cast<std::uint32_t>(event.data.u64 >> 32), event.events);
  }
}

// A handler may close the socket, and another may be opened under its number; entries may move.
void Reactor::tell(int fd, std::uint32_t generation, std::uint32_t events) {
  if (!is_known(fd, generation)) return;
  Entry& here = entry(fd);
  here.has_ended |= (events & kEnded) != 0;
  ReadyHandler reader;
  ReadyHandler writer;
  if ((events & kReadable) != 0) {
    const bool is_told_again = here.is_readable && !here.reader;
    if (is_told_again && !here.is_muted) mute(fd, here);
    here.is_readable = !here.reader;
    reader = std::move(here.reader);
  }
  if ((events & kWritable) != 0) {
    here.is_writable = !here.writer;
    writer = std::move(here.writer);
  }
  if (reader) reader({});
  if (!writer) return;
  const bool is_gone = !is_known(fd, generation);
  writer(is_gone ? error_code(asio::error::operation_aborted) : error_code());
}

}  // namespace sallyport

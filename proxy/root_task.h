// A coroutine that nobody awaits: it runs at once, frees itself at its end, and stands in a list
// meanwhile, so that its worker can destroy it, and all that it awaits, when the worker ends first.
#pragma once

#include <coroutine>
#include <exception>

#include <boost/intrusive/list.hpp>

#include "proxy/task.h"

namespace sallyport {

/// `RootTask f(RootTask::List& among, ...)`. An exception that leaves it ends the process.
class RootTask {
 public:
  struct promise_type;
  class List;
};

struct RootTask::promise_type
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  template <class... Arguments>
  explicit promise_type(List& among, Arguments&...);

  static void* operator new(std::size_t bytes) { return FramePool::take(bytes); }
  static void operator delete(void* frame, std::size_t bytes) { FramePool::give(frame, bytes); }

  RootTask get_return_object() noexcept { return {}; }
  std::suspend_never initial_suspend() noexcept { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void return_void() noexcept {}
  void unhandled_exception() noexcept { std::terminate(); }
};

class RootTask::List {
 public:
  List() = default;
  ~List() { destroy_all(); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  void destroy_all() {
    while (!tasks_.empty()) {
      std::coroutine_handle<promise_type>::from_promise(tasks_.front()).destroy();
    }
  }

 private:
  friend promise_type;
  boost::intrusive::list<promise_type, boost::intrusive::constant_time_size<false>> tasks_;
};

template <class... Arguments>
RootTask::promise_type::promise_type(List& among, Arguments&...) {
  among.tasks_.push_back(*this);
}

}  // namespace sallyport

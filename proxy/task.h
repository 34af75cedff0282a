// A coroutine of a worker. It runs when it is awaited, within the caller until its first wait, and
// its caller goes on within it when it ends. Frames come from a pool of the thread. Not Asio's
// awaitable: a session has some fifteen frames, and each cost ten times as much there.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "proxy/frame_pool.h"

namespace sallyport {

template <class T = void>
class task;

/// What the promises of all tasks have in common.
class TaskPromise {
 public:
  static void* operator new(std::size_t bytes) { return FramePool::take(bytes); }
  static void operator delete(void* frame, std::size_t bytes) { FramePool::give(frame, bytes); }

  std::suspend_always initial_suspend() noexcept { return {}; }

  // The caller may destroy this frame; nothing of it is touched once the caller went on.
  struct Final {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      if (const auto caller = self.promise().caller_) caller.resume();
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept { failure_ = std::current_exception(); }
  void set_caller(std::coroutine_handle<> caller) { caller_ = caller; }
  void rethrow() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  std::coroutine_handle<> caller_;  // null while the caller starts this: it sees the end itself
  std::exception_ptr failure_;
};

template <class T>
class TaskResult : public TaskPromise {
 public:
  template <class Value>
  void return_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
  }
  T take() {
    rethrow();
    return *std::move(value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class TaskResult<void> : public TaskPromise {
 public:
  void return_void() noexcept {}
  void take() { rethrow(); }
};

/// Owns its frame; destroying it before its end destroys what it awaits as well.
template <class T>
class [[nodiscard]] task {
 public:
  struct promise_type : TaskResult<T> {
    task get_return_object() {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> caller) {
    frame_.resume();
    if (frame_.done()) return false;
    frame_.promise().set_caller(caller);
    return true;
  }
  T await_resume() { return frame_.promise().take(); }

 private:
  explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace sallyport

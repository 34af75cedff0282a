// Something that one coroutine awaits and its own worker brings about.
#pragma once

#include <coroutine>
#include <utility>

namespace sallyport {

class AsyncEvent {
 public:
  AsyncEvent() = default;
  AsyncEvent(const AsyncEvent&) = delete;
  AsyncEvent& operator=(const AsyncEvent&) = delete;

  /// `co_await event.next();` until the next notify(). One coroutine at a time.
  auto next() {
    struct Wait {
      AsyncEvent& event;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiter) const noexcept { event.waiter_ = waiter; }
      void await_resume() const noexcept {}
    };
    return Wait{*this};
  }

  /// Resumes the coroutine within; nothing if none waits. The last that its caller does: the
  /// coroutine may end what it belongs to, this event included.
  void notify() {
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

 private:
  std::coroutine_handle<> waiter_;
};

}  // namespace sallyport

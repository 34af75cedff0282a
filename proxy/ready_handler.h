// The handler of one wait, `void(error_code)`, stored in place: a wait allocates nothing.
// Move-only; called once, or destroyed uncalled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include <boost/system/error_code.hpp>

namespace sallyport {

class ReadyHandler {
 public:
  ReadyHandler() = default;
  template <class Handler>
  requires(!std::is_same_v<std::remove_cvref_t<Handler>, ReadyHandler>) explicit ReadyHandler(
      Handler handler)
      : deed_(deed_of<Handler>) {
    static_assert(sizeof(Handler) <= kBytes && alignof(Handler) <= alignof(void*));
    static_assert(std::is_nothrow_move_constructible_v<Handler>);
    new (storage_) Handler(std::move(handler));
  }
  ReadyHandler(ReadyHandler&& other) noexcept { take(other); }
  ReadyHandler& operator=(ReadyHandler&& other) noexcept {
    if (this != &other) {
      clear();
      take(other);
    }
    return *this;
  }
  ~ReadyHandler() { clear(); }

  explicit operator bool() const { return deed_ != nullptr; }

  /// Calls it; it is gone before it runs, so that it may wait anew. REQUIRES: it holds one.
  void operator()(boost::system::error_code error) {
    std::exchange(deed_, nullptr)(Deed::call, *this, nullptr, error);
  }

 private:
  static constexpr std::size_t kBytes = 2 * sizeof(void*);
  enum class Deed : std::uint8_t { call, move, destroy };
  using DeedOf = void (*)(Deed, ReadyHandler& self, ReadyHandler* to, boost::system::error_code);

  template <class Handler>
  static void deed_of(Deed deed, ReadyHandler& self, ReadyHandler* to,
                      boost::system::error_code error) {
    auto& stored = *std::launder(reinterpret_cast<Handler*>(self.storage_));
    Handler handler(std::move(stored));
    stored.~Handler();
    if (deed == Deed::call) handler(error);
    if (deed == Deed::move) new (to->storage_) Handler(std::move(handler));
  }

  void take(ReadyHandler& other) {
    if (!other) return;
    other.deed_(Deed::move, other, this, {});
    deed_ = std::exchange(other.deed_, nullptr);
  }
  void clear() {
    if (deed_ != nullptr) std::exchange(deed_, nullptr)(Deed::destroy, *this, nullptr, {});
  }

  DeedOf deed_ = nullptr;
  alignas(void*) std::byte storage_[kBytes];
};

}  // namespace sallyport

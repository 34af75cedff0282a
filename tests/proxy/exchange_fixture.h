// An exchange between two scripted streams, on a worker whose turns the test takes, and what came
// of it as text.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string>

#include "proxy/exchange.h"
#include "tests/proxy/idle_worker.h"
#include "tests/proxy/run_task.h"
#include "tests/proxy/scripted_stream.h"

namespace sallyport::test {

/// What came of an exchange.
struct Exchanged {
  std::string origin_got;
  std::string client_got;
  /// The failure, and which of these hold behind it: `client` and `origin` may be used again, the
  /// client's connection needs a `reset`, the request was `unheard`.
  std::string end;
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;

  friend bool operator==(const Exchanged&, const Exchanged&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Exchanged& it) {
    return out << it.end << "; origin got '" << it.origin_got << "', client '" << it.client_got
               << "'; " << it.bytes_up << " up, " << it.bytes_down << " down";
  }
};

inline constexpr std::uint64_t kNoMaximum = std::numeric_limits<std::uint64_t>::max();

/// In all texts `|` is CR LF.
struct ExchangeRow {
  std::string what;
  std::string request;  ///< its head, and what was read behind it
  Reads client;
  Reads origin;
  Exchanged then;
  std::uint64_t upload_max = kNoMaximum;
  std::uint64_t download_max = kNoMaximum;
  Room client_room{};
  Room origin_room{};
};

class Exchanging {
 public:
  explicit Exchanging(const ExchangeRow& row)
      : bytes_(crlf(row.request)),
        head_(head_in(bytes_)),
        client_(at_.turns(), row.client, row.client_room),
        origin_(at_.turns(), row.origin, row.origin_room),
        exchange_(std::in_place, at_.worker(), client_, origin_, request(row.upload_max)) {
    run_task(tasks_, serve(*this, row.download_max), [this](bool) { is_done_ = true; });
  }
  ~Exchanging() {
    client_.cancel();
    origin_.cancel();
    at_.settle();
  }

  IdleWorker& at() { return at_; }
  Exchange& exchange() { return *exchange_; }
  ScriptedStream& client() { return client_; }
  ScriptedStream& origin() { return origin_; }
  bool has_answer() const { return has_answer_; }
  bool is_finishing() const { return is_finishing_; }
  /// finish() ended.
  bool is_done() const { return is_done_; }

  Exchanged exchanged() const {
    return {no_crlf(origin_.sent()), no_crlf(client_.sent()), end(), exchange_->bytes_up(),
            exchange_->bytes_down()};
  }

 private:
  static RequestHead head_in(std::string_view bytes) {
    RequestHeadReader reader;
    REQUIRE(reader.read(bytes) == HeadProgress::done);
    return reader.take();
  }
  Exchange::Request request(std::uint64_t upload_max) const {
    return {.head = head_,
            .body = std::string_view(bytes_).substr(head_.consumed),
            .origin = *head_.authority,
            .via = "",
            .upload_max = upload_max};
  }
  /// As a session does it.
  static task<bool> serve(Exchanging& at, std::uint64_t download_max) {
    at.has_answer_ = co_await at.exchange_->ask();
    if (at.has_answer_ && !at.exchange_->is_websocket()) {
      co_await at.exchange_->relay_answer(true, download_max);
    }
    at.is_finishing_ = true;
    co_await at.exchange_->finish();
    co_return at.has_answer_;
  }
  std::string end() const {
    if (!is_done_) return "waits";
    std::string end(text(exchange_->failure()));
    if (exchange_->client_is_reusable()) end += " client";
    if (exchange_->origin_is_reusable()) end += " origin";
    if (exchange_->needs_reset()) end += " reset";
    if (exchange_->is_unheard()) end += " unheard";
    return end;
  }

  IdleWorker at_;
  const std::string bytes_;
  const RequestHead head_;
  ScriptedStream client_;
  ScriptedStream origin_;
  std::optional<Exchange> exchange_;
  bool has_answer_ = false;
  bool is_finishing_ = false;
  bool is_done_ = false;
  RootTask::List tasks_;
};

}  // namespace sallyport::test

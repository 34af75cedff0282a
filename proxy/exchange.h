// One HTTP exchange between a client and an origin, after its verdict: the request goes out, the
// answer comes back, both bodies streamed (SEMANTICS.md section 11). Knows no policy and writes no
// refusal: who holds it decides on the answer's head, and says what failed. On its worker's thread.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "policy/values/authority.h"
#include "policy/values/reason.h"
#include "proxy/async_event.h"
#include "proxy/body_relay.h"
#include "proxy/deadlines.h"
#include "proxy/http/request_head.h"
#include "proxy/http/response_head.h"
#include "proxy/root_task.h"
#include "proxy/stream.h"
#include "proxy/task.h"

namespace sallyport {

class Worker;

class Exchange final : public Watched {
 public:
  /// What is asked. Borrowed for as long as the exchange lives.
  struct Request {
    const RequestHead& head;
    /// What was read behind the head.
    std::string_view body;
    const Authority& origin;
    /// The gate's pseudonym in Via; empty: none is written.
    std::string_view via;
    /// A right WebSocket handshake goes out, and a 101 that accepts it is an answer.
    bool passes_websocket = false;
    std::uint64_t upload_max = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t download_max = std::numeric_limits<std::uint64_t>::max();
  };

  /// The streams outlive it.
  Exchange(Worker& worker, Stream& client, Stream& origin, const Request& request);
  ~Exchange();

  // Neither throws: what fails inside is a failure().

  /// Sends the request, and relays interim answers, until the head of the final one is known:
  /// true. The request's body may still be going out.
  task<bool> ask();
  /// REQUIRES: ask() said true.
  const ResponseHead& answer() const { return answer_reader_.head(); }
  /// Relays the answer: true if it arrived whole. `may_keep_open`: the client's connection may
  /// serve another request.
  task<bool> relay_answer(bool may_keep_open);
  /// Ends what is still going on. To be awaited before it dies, however ask() and relay_answer()
  /// ended.
  task<> finish();

  /// `allowed` while nothing failed.
  Reason failure() const { return failure_; }
  /// What is wrong with a body or head that was refused.
  const char* failure_words() const { return failure_words_; }
  /// The answer is the 101 that makes the connections a WebSocket's: they are no longer HTTP's.
  bool is_websocket() const { return answer().status == 101; }
  /// The head of that 101 as it leaves.
  std::string websocket_head() const;
  /// What the origin sent behind it.
  std::string_view behind_answer() const {
    return std::string_view(answer_bytes_).substr(answer().consumed);
  }
  /// The origin sent something.
  bool has_heard() const { return has_heard_; }
  /// The request's body was read to its end.
  bool has_whole_request() const { return is_upload_whole_; }
  /// Some of the answer was sent to the client.
  bool has_told() const { return down_ && down_->has_sent(); }
  /// After finish(): the next request may use the connection.
  bool client_is_reusable() const { return keeps_client_ && failure_ == Reason::allowed; }
  bool origin_is_reusable() const;
  /// A client that goes by the end of the stream must not see a clean one.
  bool needs_reset() const { return answer_ends_by_close_ && failure_ != Reason::allowed; }
  std::uint64_t bytes_up() const { return up_.payload_bytes(); }
  std::uint64_t bytes_down() const { return down_ ? down_->payload_bytes() : 0; }
  /// After finish(): what the client sent behind the request.
  std::string take_left_over() { return up_.take_left_over(); }

  /// Ends it from outside: the gate drains, the client's connection expired.
  void cut(Reason reason);
  void expire() override;

 private:
  task<bool> ask_origin();
  task<bool> relay(bool may_keep_open);
  static RootTask upload(RootTask::List& among, Exchange& exchange);
  void upload_ended(BodyRelay::End how);
  static RootTask watch_client(RootTask::List& among, Exchange& exchange);
  task<bool> read_answer_head();
  task<bool> relay_interim();
  bool is_of_one_client() const;
  bool accepts_websocket(const ResponseHead& head) const;
  task<bool> send_to_client(std::string_view bytes);
  bool fail(Reason reason, const char* words = "");
  void cancel_waits();

  Worker& worker_;
  Stream& client_;
  Stream& origin_;
  const Request request_;
  BodyRelay up_;
  std::optional<BodyRelay> down_;
  std::string answer_bytes_;
  ResponseHeadReader answer_reader_;
  AsyncEvent news_;  ///< of the tasks beside
  Reason failure_ = Reason::allowed;
  const char* failure_words_ = "";
  Phase phase_ = Phase::transfer;
  bool is_uploading_ = false;
  bool is_upload_whole_ = false;
  bool has_heard_ = false;
  bool is_watching_ = false;
  bool is_over_ = false;
  bool keeps_client_ = false;
  bool answer_ends_by_close_ = false;
  bool answer_is_whole_ = false;
};

}  // namespace sallyport

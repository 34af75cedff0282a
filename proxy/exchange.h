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
#include "proxy/http/body_framing.h"
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
    /// The client was told to continue: the origin's 100 is not for it.
    bool is_continued = false;
    const Authority& origin;
    /// The gate's pseudonym in Via; empty: none is written.
    std::string_view via;
    /// Payload bytes; more fails with `upload_limit`.
    std::uint64_t upload_max = std::numeric_limits<std::uint64_t>::max();
  };

  /// The streams outlive it.
  Exchange(Worker& worker, Stream& client, Stream& origin, const Request& request);
  ~Exchange();

  /// Sends the request, and relays interim answers, until the head of the final one is known:
  /// true. The request's body may still be going out. It may throw, as relay_answer() may: then
  /// break_down(), and finish() still.
  task<bool> ask();
  /// How the answer that ask() found is framed.
  const Framing& framing() const { return framing_; }
  /// REQUIRES: ask() said true.
  const ResponseHead& answer() const { return answer_reader_.head(); }
  /// Relays the answer, of whose payload more bytes than that fail with `download_limit`.
  /// `may_keep_open`: the client's connection may serve another request.
  task<> relay_answer(bool may_keep_open, std::uint64_t download_max);
  /// An exception ended it, or who decides on its answer: a failure() even where cut() says nothing
  /// any more.
  void break_down() { fail(Reason::internal_error); }
  /// Ends what is still going on. To be awaited before it dies, however ask() and relay_answer()
  /// ended; a second time it does nothing.
  task<> finish();

  /// `allowed` while nothing failed.
  Reason failure() const { return failure_; }
  /// What is wrong with a body or head that was refused.
  const char* failure_words() const { return failure_words_; }
  /// The answer is the 101 that makes the connections a WebSocket's: they are no longer HTTP's.
  bool is_websocket() const { return has_answer_ && answer().status == 101; }
  /// The head of that 101 as it leaves.
  std::string websocket_head() const;
  /// What the origin sent behind it.
  std::string_view behind_answer() const {
    return std::string_view(answer_bytes_).substr(answer().consumed);
  }
  /// The origin ended the connection and had said nothing: it may never have seen the request.
  bool is_unheard() const { return failure_ == Reason::origin_reset && !has_heard_; }
  /// The request's body was read to its end.
  bool has_whole_request() const { return upload_ == Upload::whole; }
  /// Some of the answer was sent to the client.
  bool has_told() const { return down_ && down_->has_sent(); }
  /// After finish(): the next request may use the connection.
  bool client_is_reusable() const { return keeps_client_ && failure_ == Reason::allowed; }
  bool origin_is_reusable() const;
  /// A client that goes by the end of the stream must not see a clean one.
  bool needs_reset() const {
    return has_told() && answer_ends_by_close() && failure_ != Reason::allowed;
  }
  std::uint64_t bytes_up() const { return up_.payload_bytes(); }
  std::uint64_t bytes_down() const { return down_ ? down_->payload_bytes() : 0; }
  /// After finish(): what the client sent behind the request.
  std::string take_left_over() { return up_.take_left_over(); }

  /// Ends it from outside: the gate drains.
  void cut(Reason reason);
  /// Its own deadline passed.
  void expire() override;

 private:
  enum class Upload : std::uint8_t { none, going, whole, cut };

  static RootTask upload(RootTask::List& among, Exchange& exchange);
  void upload_ended(BodyRelay::End how);
  static RootTask watch_client(RootTask::List& among, Exchange& exchange);
  task<bool> read_answer_head();
  task<bool> relay_interim();
  bool is_http_1_0_client() const { return request_.head.version == HttpVersion::http_1_0; }
  /// An HTTP/1.0 client reads no chunks: it is sent what is in them, until the end of the stream.
  bool strips_chunks() const { return framing_.kind == Framing::chunked && is_http_1_0_client(); }
  bool answer_ends_by_close() const {
    return framing_.kind == Framing::until_close || strips_chunks();
  }
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
  Framing framing_;
  AsyncEvent task_beside_ended_;  ///< finish() waits for it
  Reason failure_ = Reason::allowed;
  const char* failure_words_ = "";
  Upload upload_ = Upload::none;
  bool is_watching_ = false;
  bool has_heard_ = false;  ///< of the origin
  /// A wait tells of what comes, not of what is there: it is for who has read all of that. At first
  /// an answer is hardly ever there.
  bool origin_is_dry_ = true;
  bool has_answer_ = false;
  bool answer_is_whole_ = false;
  bool keeps_client_ = false;
  bool is_over_ = false;
};

}  // namespace sallyport

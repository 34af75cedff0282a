#include "proxy/exchange.h"

#include "proxy/http/forwarded_head.h"
#include "proxy/origin_pool.h"
#include "proxy/system_calls.h"
#include "proxy/websocket_accept.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// Interim answers to one request; more is a flood.
constexpr int kInterimMax = 32;

BodyReader request_body(const RequestHead& head) {
  const auto trailers = head.is_chunked ? head.fields.find("x-amz-trailer") : std::nullopt;
  return BodyReader(framing_of(head), Side::client, trailers.value_or(std::string_view()));
}

}  // namespace

Exchange::Exchange(Worker& worker, Stream& client, Stream& origin, const Request& request)
    : worker_(worker),
      client_(client),
      origin_(origin),
      request_(request),
      up_(worker, *this, client, origin, request_body(request.head), request.upload_max),
      answer_reader_({.bytes = worker.snapshot().limits.header_bytes}) {}

Exchange::~Exchange() { worker_.deadlines().disarm(*this); }

task<bool> Exchange::ask() {
  worker_.deadlines().arm(*this, Phase::transfer);
  upload(worker_.session_tasks(), *this);
  for (int interim = 0; failure_ == Reason::allowed; ++interim) {
    const bool has_head = co_await read_answer_head();
    if (!has_head) co_return false;
    const ResponseHead& head = answer_reader_.head();
    const bool is_websocket = head.status == 101 && accepts_websocket(request_.head, head);
    if (head.status >= 200 || is_websocket) {
      framing_ = framing_of(head, request_.head.method == "HEAD");
      has_answer_ = true;
      co_return true;
    }
    if (head.status == 101) co_return fail(Reason::origin_malformed, "101 was not asked for");
    if (interim == kInterimMax) co_return fail(Reason::origin_malformed, "interim answers flood");
    const bool is_told = co_await relay_interim();
    if (!is_told) co_return false;
  }
  co_return false;
}

// Beside the answer, which may come before the body is whole.
RootTask Exchange::upload([[maybe_unused]] RootTask::List& among, Exchange& exchange) {
  exchange.upload_ = Upload::going;
  Upload ended = Upload::cut;
  try {
    std::string& head = exchange.worker_.head_buffer();
    head.clear();
    append_request_head(head, exchange.request_.head,
                        {.origin = exchange.request_.origin, .via = exchange.request_.via});
    const BodyRelay::End end = co_await exchange.up_.run(head, exchange.request_.body);
    if (end == BodyRelay::End::done) ended = Upload::whole;
    exchange.upload_ended(end);
  } catch (...) {
    exchange.fail(Reason::internal_error);
  }
  exchange.upload_ = ended;
  if (exchange.failure_ != Reason::allowed) exchange.cancel_waits();
  exchange.task_beside_ended_.notify();
}

void Exchange::upload_ended(BodyRelay::End how) {
  switch (how) {
    case BodyRelay::End::done:
      if (!is_over_) watch_client(worker_.session_tasks(), *this);
      [[fallthrough]];
    case BodyRelay::End::not_taken:  // the origin may have answered already
      if (!down_) worker_.deadlines().arm(*this, Phase::response);
      break;
    case BodyRelay::End::truncated:
      fail(Reason::client_gone);
      break;
    case BodyRelay::End::refused:
      fail(Reason::malformed_request, up_.error().what);
      break;
    case BodyRelay::End::over_maximum:
      fail(Reason::upload_limit);
      break;
    case BodyRelay::End::stopped:
      break;
  }
}

// A client that was reset while its origin thinks frees the origin. One that ended what it sends
// may still read.
RootTask Exchange::watch_client([[maybe_unused]] RootTask::List& among, Exchange& exchange) {
  const Socket* socket = exchange.client_.transport();
  if (socket == nullptr) co_return;
  exchange.is_watching_ = true;
  bool is_there = true;
  try {
    while (is_there && !exchange.is_over_) {
      const error_code error = co_await exchange.client_.ready(Reactor::Until::readable);
      if (error) break;
      is_there = sys::peek(socket->fd()) >= 0 || sys::would_block();
      // Its end is told at once to whoever waits: waiting on would be a spin.
      if (socket->has_ended()) break;
    }
  } catch (...) {
    exchange.fail(Reason::internal_error);
  }
  exchange.is_watching_ = false;
  if (!is_there) exchange.fail(Reason::client_gone);
  if (exchange.failure_ != Reason::allowed) exchange.cancel_waits();
  exchange.task_beside_ended_.notify();
}

task<bool> Exchange::read_answer_head() {
  while (answer_reader_.read(answer_bytes_) == HeadProgress::need_more) {
    if (origin_is_dry_) {
      const error_code error = co_await origin_.ready(Reactor::Until::readable);
      if (failure_ != Reason::allowed) co_return false;
      if (error) co_return fail(Reason::origin_reset);
    }
    const std::span<char> scratch = worker_.scratch();
    const ssize_t count = origin_.read(scratch);
    origin_is_dry_ = count < 0 && sys::would_block();
    if (origin_is_dry_) continue;
    if (count <= 0) co_return fail(Reason::origin_reset);
    has_heard_ = true;
    answer_bytes_.append(scratch.data(), static_cast<std::size_t>(count));
  }
  const bool is_right = answer_reader_.read(answer_bytes_) == HeadProgress::done;
  if (is_right) co_return true;
  co_return fail(Reason::origin_malformed, answer_reader_.error().what);
}

std::string Exchange::websocket_head() const {
  std::string out;
  append_websocket_head(out, answer(), request_.via);
  return out;
}

task<bool> Exchange::relay_interim() {
  const ResponseHead& head = answer_reader_.head();
  const std::size_t consumed = head.consumed;
  std::string interim;
  constexpr std::uint16_t kContinue = 100;
  const bool is_for_client =
      !is_http_1_0_client() && !(request_.is_continued && head.status == kContinue);
  if (is_for_client) append_interim_head(interim, head);
  answer_bytes_.erase(0, consumed);
  answer_reader_ = ResponseHeadReader({.bytes = worker_.snapshot().limits.header_bytes});
  const std::size_t unsent = co_await write_all(client_, interim, worker_.deadlines(), *this);
  if (unsent == 0) co_return true;
  co_return fail(Reason::client_gone);
}

task<> Exchange::relay_answer(bool may_keep_open, std::uint64_t download_max) {
  keeps_client_ =
      may_keep_open && request_.head.keeps_open && has_whole_request() && !answer_ends_by_close();
  std::string& out = worker_.head_buffer();
  out.clear();
  append_response_head(
      out, answer(),
      {.via = request_.via, .client_version = request_.head.version, .keeps_open = keeps_client_});
  const Side side = strips_chunks() ? Side::origin_unframed : Side::origin;
  down_.emplace(worker_, *this, origin_, client_, BodyReader(framing_, side), download_max);
  worker_.deadlines().arm(*this, Phase::transfer);
  const auto end = co_await down_->run(out, behind_answer());
  switch (end) {
    case BodyRelay::End::done:
      answer_is_whole_ = true;
      break;
    case BodyRelay::End::truncated:
      fail(Reason::origin_reset);
      break;
    case BodyRelay::End::not_taken:
      fail(Reason::client_gone);
      break;
    case BodyRelay::End::refused:
      fail(Reason::origin_malformed, down_->error().what);
      break;
    case BodyRelay::End::over_maximum:
      fail(Reason::download_limit);
      break;
    case BodyRelay::End::stopped:
      break;
  }
}

task<> Exchange::finish() {
  worker_.deadlines().disarm(*this);
  is_over_ = true;
  if (upload_ != Upload::going && !is_watching_) co_return;
  // If the origin answered early, what the client still sends has no reader.
  up_.stop();
  cancel_waits();
  while (upload_ == Upload::going || is_watching_) co_await task_beside_ended_.next();
}

// An origin that takes no body where the gate sees one reads it as a request, whose answer would be
// the next client's; so would a body be that it sends where none may be.
bool Exchange::origin_is_reusable() const {
  const bool may_be_out_of_step =
      !framing_of(request_.head).is_empty() ||
      (framing_.kind == Framing::none && !framing_of(answer(), false).is_empty());
  return answer_is_whole_ && has_whole_request() && answer().keeps_open && !may_be_out_of_step &&
         framing_.kind != Framing::until_close && down_->left_over().empty() &&
         !request_.head.logs_in_connection && !answer().logs_in_connection;
}

void Exchange::cut(Reason reason) {
  if (!is_over_) fail(reason);  // else all is told, and only its end is waited for
  up_.stop();
  if (down_) down_->stop();
  cancel_waits();
}

void Exchange::expire() {
  const bool is_waiting = upload_ != Upload::going && !down_;
  cut(is_waiting ? Reason::response_timeout : Reason::idle_timeout);
}

bool Exchange::fail(Reason reason, const char* words) {
  if (failure_ == Reason::allowed) {
    failure_ = reason;
    failure_words_ = words;
  }
  return false;
}

void Exchange::cancel_waits() {
  client_.cancel();
  origin_.cancel();
}

}  // namespace sallyport

#include "proxy/exchange.h"

#include <cerrno>

#include "proxy/http/body_framing.h"
#include "proxy/http/connection_options.h"
#include "proxy/http/forwarded_head.h"
#include "proxy/http/octets.h"
#include "proxy/websocket_accept.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// Interim answers to one request; more is a flood.
constexpr int kInterimMax = 32;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

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
  try {
    co_return co_await ask_origin();
  } catch (...) {  // finish() is still to come: the upload refers to this
    co_return fail(Reason::internal_error);
  }
}

task<bool> Exchange::ask_origin() {
  worker_.deadlines().arm(*this, Phase::transfer);
  upload(worker_.session_tasks(), *this);
  for (int interim = 0; failure_ == Reason::allowed; ++interim) {
    const bool has_head = co_await read_answer_head();
    if (!has_head) co_return false;
    const ResponseHead& head = answer_reader_.head();
    if (head.status >= 200) co_return true;
    if (head.status == 101 && accepts_websocket(head)) co_return true;
    if (head.status == 101) co_return fail(Reason::origin_malformed, "101 was not asked for");
    if (interim == kInterimMax) co_return fail(Reason::origin_malformed, "interim answers flood");
    const bool is_told = co_await relay_interim();
    if (!is_told) co_return false;
  }
  co_return false;
}

// Beside the answer, which may come before the body is whole.
RootTask Exchange::upload([[maybe_unused]] RootTask::List& among, Exchange& exchange) {
  exchange.is_uploading_ = true;
  BodyRelay::End end = BodyRelay::End::truncated;
  try {
    std::string& head = exchange.worker_.head_buffer();
    head.clear();
    append_request_head(head, exchange.request_.head,
                        {.origin = exchange.request_.origin,
                         .via = exchange.request_.via,
                         .passes_websocket = exchange.request_.passes_websocket});
    end = co_await exchange.up_.run(head, exchange.request_.body);
  } catch (...) {
    exchange.fail(Reason::internal_error);
  }
  exchange.is_uploading_ = false;
  exchange.upload_ended(end);
}

void Exchange::upload_ended(BodyRelay::End how) {
  switch (how) {
    case BodyRelay::End::done:
      is_upload_whole_ = true;
      if (!is_over_) watch_client(worker_.session_tasks(), *this);
      [[fallthrough]];
    case BodyRelay::End::not_taken:  // the origin may have answered already
      if (!down_) {
        phase_ = Phase::response;
        worker_.deadlines().arm(*this, phase_);
      }
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
  if (failure_ != Reason::allowed) cancel_waits();
  news_.notify();
}

// A client that was reset while its origin thinks frees the origin. One that ended what it sends
// may still read.
RootTask Exchange::watch_client([[maybe_unused]] RootTask::List& among, Exchange& exchange) {
  const Socket* socket = exchange.client_.plain_socket();
  if (socket == nullptr) co_return;
  exchange.is_watching_ = true;
  bool is_there = true;
  while (is_there && !exchange.is_over_) {
    const error_code error = co_await exchange.client_.ready(Reactor::Until::readable);
    if (error) break;
    char byte = 0;
    const ssize_t count = ::recv(socket->fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    is_there = count >= 0 || would_block();
    // Its end is told at once to whoever waits: waiting on would be a spin.
    if (socket->has_ended()) break;
  }
  exchange.is_watching_ = false;
  if (!is_there) {
    exchange.fail(Reason::client_gone);
    exchange.cancel_waits();
  }
  exchange.news_.notify();
}

task<bool> Exchange::read_answer_head() {
  while (answer_reader_.read(answer_bytes_) == HeadProgress::need_more) {
    const error_code error = co_await origin_.ready(Reactor::Until::readable);
    if (failure_ != Reason::allowed) co_return false;
    if (error) co_return fail(Reason::origin_reset);
    const std::span<char> scratch = worker_.scratch();
    const ssize_t count = origin_.read(scratch);
    if (count < 0 && would_block()) continue;
    if (count <= 0) co_return fail(Reason::origin_reset);
    has_heard_ = true;
    answer_bytes_.append(scratch.data(), static_cast<std::size_t>(count));
  }
  const bool is_right = answer_reader_.read(answer_bytes_) == HeadProgress::done;
  if (is_right) co_return true;
  co_return fail(Reason::origin_malformed, answer_reader_.error().what);
}

bool Exchange::accepts_websocket(const ResponseHead& head) const {
  const bool was_offered =
      request_.passes_websocket && request_.head.upgrade == UpgradeOffer::websocket;
  if (!was_offered || head.version != HttpVersion::http_1_1) return false;
  const auto protocol = head.fields.find("upgrade");
  const auto accept = head.fields.find("sec-websocket-accept");
  return protocol && equal_ignoring_case(*protocol, "websocket") &&
         head.fields.count("upgrade") == 1 && connection_names(head.fields, "upgrade") && accept &&
         head.fields.count("sec-websocket-accept") == 1 &&
         *accept == websocket_accept(*request_.head.fields.find("sec-websocket-key"));
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
  if (request_.head.version == HttpVersion::http_1_1) {
    append_interim_head(interim, head);
  }
  answer_bytes_.erase(0, consumed);
  answer_reader_ = ResponseHeadReader({.bytes = worker_.snapshot().limits.header_bytes});
  if (interim.empty()) co_return true;
  co_return co_await send_to_client(interim);
}

task<bool> Exchange::send_to_client(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = client_.write(bytes, {});
    if (sent < 0 && !would_block()) co_return fail(Reason::client_gone);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    const error_code error = co_await client_.ready(Reactor::Until::writable);
    if (failure_ != Reason::allowed) co_return false;
    if (error) co_return fail(Reason::client_gone);
  }
  co_return true;
}

task<bool> Exchange::relay_answer(bool may_keep_open) {
  try {
    co_return co_await relay(may_keep_open);
  } catch (...) {
    co_return fail(Reason::internal_error);
  }
}

task<bool> Exchange::relay(bool may_keep_open) {
  const ResponseHead& head = answer_reader_.head();
  const bool is_head_method = request_.head.method == "HEAD";
  const Framing framing = framing_of(head, is_head_method);
  // An HTTP/1.0 client reads no chunks: it is sent what is in them, until the end of the stream.
  const bool strips_chunks =
      framing.kind == Framing::chunked && request_.head.version == HttpVersion::http_1_0;
  answer_ends_by_close_ = framing.kind == Framing::until_close || strips_chunks;
  keeps_client_ =
      may_keep_open && request_.head.keeps_open && is_upload_whole_ && !answer_ends_by_close_;
  std::string& out = worker_.head_buffer();
  out.clear();
  append_response_head(
      out, head,
      {.via = request_.via, .client_version = request_.head.version, .keeps_open = keeps_client_});
  const Side side = strips_chunks ? Side::origin_unframed : Side::origin;
  down_.emplace(worker_, *this, origin_, client_, BodyReader(framing, side), request_.download_max);
  worker_.deadlines().arm(*this, Phase::transfer);
  const auto end = co_await down_->run(out, behind_answer());
  switch (end) {
    case BodyRelay::End::done:
      answer_is_whole_ = true;
      co_return true;
    case BodyRelay::End::truncated:
      co_return fail(Reason::origin_reset);
    case BodyRelay::End::not_taken:
      co_return fail(Reason::client_gone);
    case BodyRelay::End::refused:
      co_return fail(Reason::origin_malformed, down_->error().what);
    case BodyRelay::End::over_maximum:
      co_return fail(Reason::download_limit);
    case BodyRelay::End::stopped:
      break;
  }
  co_return false;
}

task<> Exchange::finish() {
  worker_.deadlines().disarm(*this);
  is_over_ = true;
  if (!is_uploading_ && !is_watching_) co_return;
  // If the origin answered early, what the client still sends has no reader.
  up_.stop();
  cancel_waits();
  while (is_uploading_ || is_watching_) co_await news_.next();
}

bool Exchange::origin_is_reusable() const {
  // A login by NTLM or Negotiate holds for the connection, and is nobody else's.
  return answer_is_whole_ && is_upload_whole_ && !is_of_one_client() &&
         answer_reader_.head().keeps_open &&
         framing_of(answer_reader_.head(), request_.head.method == "HEAD").kind !=
             Framing::until_close &&
         down_->left_over().empty();
}

bool Exchange::is_of_one_client() const {
  const auto logs_in = [](const FieldLines& fields, std::string_view name) {
    for (const Field& field : fields) {
      if (!equal_ignoring_case(field.name, name)) continue;
      for (const std::string_view scheme : {"NTLM", "Negotiate"}) {
        const std::string_view begin = field.value.substr(0, scheme.size());
        if (equal_ignoring_case(begin, scheme)) return true;
      }
    }
    return false;
  };
  return logs_in(request_.head.fields, "authorization") ||
         logs_in(answer().fields, "www-authenticate");
}

void Exchange::cut(Reason reason) {
  if (!is_over_) fail(reason);  // else all is told, and only its end is waited for
  up_.stop();
  if (down_) down_->stop();
  cancel_waits();
}

void Exchange::expire() {
  cut(phase_ == Phase::response && !down_ ? Reason::response_timeout : Reason::idle_timeout);
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

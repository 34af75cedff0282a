#include "proxy/websocket_relay.h"

#include "proxy/http/body_framing.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

// An opaque stream in either direction: the reader's side matters for chunks alone.
BodyReader until_close() { return BodyReader({.kind = Framing::until_close}, Side::origin); }

}  // namespace

WebSocketRelay::WebSocketRelay(Worker& worker, Stream& client, Stream& origin, const Terms& terms)
    : worker_(worker),
      client_(client),
      origin_(origin),
      up_(worker, *this, client, origin, until_close(), terms.upload_max),
      down_(worker, *this, origin, client, until_close(), terms.download_max) {}

WebSocketRelay::~WebSocketRelay() { worker_.deadlines().disarm(*this); }

task<> WebSocketRelay::run(std::string_view from_client, std::string_view from_origin) {
  worker_.deadlines().arm(*this, Phase::transfer);  // in Phase::idle are tunnels alone
  const std::string first(from_origin);
  relay_up(worker_.session_tasks(), *this, std::string(from_client));
  BodyRelay::End how = BodyRelay::End::stopped;
  try {
    how = co_await down_.run({}, first);
  } catch (...) {
    cut(Reason::internal_error);
  }
  ended(how, client_, Reason::download_limit);
  while (!is_up_over_) co_await up_ended_.next();
  worker_.deadlines().disarm(*this);
}

RootTask WebSocketRelay::relay_up([[maybe_unused]] RootTask::List& among, WebSocketRelay& relay,
                                  std::string first) {
  BodyRelay::End how = BodyRelay::End::stopped;
  try {
    how = co_await relay.up_.run({}, first);
  } catch (...) {
    relay.cut(Reason::internal_error);
  }
  relay.ended(how, relay.origin_, Reason::upload_limit);
  relay.is_up_over_ = true;
  relay.up_ended_.notify();
}

void WebSocketRelay::ended(BodyRelay::End how, Stream& to, Reason over_maximum) {
  if (how == BodyRelay::End::done) {
    to.finish_writing();
  } else if (how == BodyRelay::End::stopped) {
    return;
  } else if (how == BodyRelay::End::over_maximum) {
    cut(over_maximum);
  } else if (how == BodyRelay::End::truncated && &to == &client_) {
    cut(Reason::origin_reset);
  } else {
    cut(Reason::client_gone);
  }
  if (!is_half_over_ && reason_ == Reason::allowed) worker_.deadlines().arm(*this, Phase::linger);
  is_half_over_ = true;
}

void WebSocketRelay::keep_to(const Terms& terms) {
  up_.keep_to(terms.upload_max);
  down_.keep_to(terms.download_max);
}

void WebSocketRelay::cut(Reason reason) {
  if (reason_ == Reason::allowed) reason_ = reason;
  stop();
}

void WebSocketRelay::stop() {
  up_.stop();
  down_.stop();
  client_.cancel();
  origin_.cancel();
}

// One end has said all; who does not end then either has had its time.
void WebSocketRelay::expire() {
  if (is_half_over_) return stop();
  cut(Reason::idle_timeout);
}

}  // namespace sallyport

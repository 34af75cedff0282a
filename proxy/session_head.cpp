// The part of a session that reads the first request's head, and refuses what is no CONNECT.
#include "proxy/http/reply.h"
#include "proxy/refusal_words.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace sallyport {

task<bool> Session::read_head() {
  std::string kept;
  for (;;) {
    const Read how = co_await read_more();
    if (how != Read::more) {
      if (!kept.empty()) co_await refuse_unfinished_head(how, kept);
      co_return false;
    }
    if (!kept.empty()) kept += chunk_;
    const std::string_view bytes = kept.empty() ? chunk_ : std::string_view(kept);
    const HeadProgress progress = head_reader_.read(bytes);
    if (progress == HeadProgress::refused) {
      co_await refuse_head(head_reader_.error());
      co_return false;
    }
    if (progress == HeadProgress::done) {
      early_ = bytes.substr(head_reader_.head().consumed);
      if (head_reader_.head().is_connect()) {
        target_ = head_reader_.take().authority;
        co_return true;
      }
      co_await refuse_forwarding(head_reader_.take());
      co_return false;
    }
    if (kept.empty()) kept = chunk_;
  }
}

task<> Session::refuse_unfinished_head(Read how, std::string_view bytes) {
  HeadError error{.what = "the request ended before its head was complete",
                  .is_connect = bytes.substr(0, 8) == "CONNECT "};
  if (how == Read::expired) {
    error.reason = Reason::header_timeout;
    error.what = "the request's head did not arrive in time";
  } else if (cut_by_) {
    error.reason = *cut_by_;
    error.what = "the gate is shutting down";
  }
  co_await refuse_head(error);
}

task<> Session::refuse_head(const HeadError& error) {
  const Event event = error.is_connect ? Event::connect : Event::request;
  begin_attempt(event);
  if (error.is_connect) attempt_->record().method = "CONNECT";
  if (error.foreign != ForeignProtocol::none) {
    worker_.gate().log.log_once("foreign-protocol", arrival_.client.text(),
                                OperatorLog::Level::warning,
                                foreign_protocol_line(arrival_.client, error.foreign));
  }
  record_verdict({error.reason, kNoRule, Stage::connect}, Decision::block);
  const std::string reply = reply_for(error.reason, error.what);
  finish(info(error.reason).status);
  co_await answer_and_close(reply);
}

task<> Session::refuse_forwarding(RequestHead head) {
  begin_attempt(Event::request);
  AttemptRecord& record = attempt_->record();
  record.method = head.method;
  record.scheme = head.scheme;
  record.target = head.path;
  target_ = std::move(head.authority);
  if (target_) attempt_->set_host(target_->host, target_->port);
  record_verdict({Reason::scheme_not_allowed, kNoRule, Stage::request}, Decision::block);
  constexpr std::uint16_t kNotImplemented = 501;
  const std::string reply = refusal({.reason = Reason::scheme_not_allowed,
                                     .time = worker_.now(),
                                     .target = target_ ? &*target_ : nullptr,
                                     .hint = kNoPlainHttpHint,
                                     .contact = worker_.snapshot().contact,
                                     .status = kNotImplemented,
                                     .phrase = kNoPlainHttpPhrase,
                                     .is_head_method = head.method == "HEAD"});
  finish(kNotImplemented);
  co_await answer_and_close(reply);
}

}  // namespace sallyport

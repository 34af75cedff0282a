// The part of a session that reads the heads of requests, and refuses those that are not right.
#include "proxy/http/reply.h"
#include "proxy/refusal_words.h"
#include "proxy/request_record.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace sallyport {

task<bool> Session::read_head(Phase phase) {
  const HeadProgress progress = co_await read_head_bytes(phase);
  if (progress == HeadProgress::done) co_return true;
  if (progress == HeadProgress::refused) {
    co_await refuse_head(head_reader_.error());
  } else if (!early_.empty() || has_unrecorded_connect()) {
    co_await refuse_unfinished_head(ended_how_, early_);
  }
  co_return false;
}

task<HeadProgress> Session::read_head_bytes(Phase phase) {
  const HeadBounds bounds{.bytes = worker_.snapshot().limits.header_bytes};
  const HeadPlace place = is_intercepted() ? HeadPlace::https_origin
                          : through_       ? HeadPlace::http_origin
                                           : HeadPlace::proxy;
  head_reader_ = RequestHeadReader(place, bounds);
  worker_.deadlines().arm(*this, phase);
  std::string_view bytes = early_;
  bool was_short = false;  // the last read
  for (;;) {
    const HeadProgress progress = head_reader_.read(bytes);
    if (progress != HeadProgress::need_more) {
      worker_.deadlines().disarm(*this);
      if (progress == HeadProgress::done) {
        client_is_dry_ = was_short && !is_intercepted();
        keep_behind_head(bytes);
      }
      co_return progress;
    }
    if (early_.empty()) {
      if (phase != Phase::header && !bytes.empty()) worker_.deadlines().arm(*this, Phase::header);
      early_ = bytes;
    }
    const Read how = co_await read_more();
    if (how != Read::more) {
      worker_.deadlines().disarm(*this);
      ended_how_ = how;
      co_return HeadProgress::need_more;
    }
    was_short = chunk_.size() < worker_.scratch().size();
    if (early_.empty()) {
      bytes = chunk_;
    } else {
      early_ += chunk_;
      bytes = early_;
    }
  }
}

// A CONNECT's head is done with once it is read; a request's leaves again, so it is kept whole.
void Session::keep_behind_head(std::string_view bytes) {
  if (head_reader_.head().is_connect()) {
    early_ = std::string(bytes.substr(head_reader_.head().consumed));
  } else {
    if (early_.empty()) early_ = bytes;
    head_reader_.move_to(early_);
  }
}

void Session::leave_connect_unrecorded() {
  if (has_unrecorded_connect()) judging_->attempt().leave_unrecorded();
}

task<> Session::refuse_unfinished_head(Read how, std::string_view bytes) {
  HeadError error{.what = "the request ended before its head was complete",
                  .is_connect = bytes.starts_with("CONNECT "),
                  .is_head_method = bytes.starts_with("HEAD ")};
  if (how == Read::expired) {
    error.reason = Reason::header_timeout;
    error.what = "the request's head did not arrive in time";
  } else if (cut_by_) {
    error.reason = *cut_by_;
    error.what = "the gate is shutting down";
  }
  if (has_unrecorded_connect()) {
    if (is_intercepted() && how == Read::end && !cut_by_ && bytes.empty() && has_left_tls()) {
      co_await fail_client_tls(Reason::client_tls_failed, TlsStream::Handshake::ended);
      co_return;
    }
    // The tunnel was to be read, and no request came: what is recorded is the CONNECT.
    judging_->record_verdict({how == Read::end && !cut_by_ ? Reason::client_gone : error.reason,
                              kNoRule, Stage::first_bytes},
                             Decision::allow);
    judging_->finish(200);
    co_return;
  }
  co_await refuse_head(error);
}

// A request within a tunnel that is read goes to no other than the CONNECT did.
void Session::record_tunnel() {
  judging_->set_target(*through_);
  AttemptRecord& record = judging_->record();
  record.scheme = is_intercepted() ? Scheme::https : Scheme::http;
  if (is_intercepted()) record.tls = TlsUse::intercepted;
}

task<> Session::refuse_head(const HeadError& error) {
  const Event event = error.is_connect ? Event::connect : Event::request;
  leave_connect_unrecorded();
  judging_.emplace(worker_, arrival_, event);
  if (error.is_connect) judging_->record().method = "CONNECT";
  if (through_) record_tunnel();
  if (error.reason == Reason::host_mismatch) {
    record_request(judging_->record(), head_reader_.head());
    judging_->set_target(*head_reader_.head().authority);
  }
  if (error.foreign != ForeignProtocol::none) {
    worker_.gate().log.log_once("foreign-protocol", arrival_.client.text(),
                                OperatorLog::Level::warning,
                                foreign_protocol_line(arrival_.client, error.foreign));
  }
  const Stage after = through_ ? Stage::request : Stage::connect;
  judging_->record_verdict({error.reason, kNoRule, after}, Decision::block);
  Refusal words = judging_->refusal_for(error.reason, error.what);
  words.is_head_method = error.is_head_method;
  constexpr bool kMoreComes = true;  // who knows how much, where nothing says where it ends
  co_await tell_and_close(words, kMoreComes);
}

}  // namespace sallyport

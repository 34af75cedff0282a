// The part of a session that holds a request's body back until it is judged (SEMANTICS.md section
// 8, Bodies).
#include "proxy/judged_body.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

task<bool> Session::learn_body(const RequestHead& head) {
  const std::size_t bytes_max = worker_.snapshot().limits.judged_body_bytes;
  const bool is_told_too_large = head.content_length.value_or(0) > bytes_max;
  HeldBody::State held = HeldBody::State::too_large;
  if (!is_told_too_large) held = co_await hold_body(head, bytes_max);
  switch (held) {
    case HeldBody::State::whole:
      judge_held_body(head, bytes_max);
      co_return true;
    case HeldBody::State::too_large:
      judging_->learn_body({JudgedBody::State::not_judgeable, {}});
      co_return true;
    case HeldBody::State::more:
      break;
    case HeldBody::State::crowded:
      co_await refuse_request(head, {Reason::overloaded, kNoRule, Stage::request});
      co_return false;
    case HeldBody::State::refused:
      co_await refuse_request(head, {held_body_->error().reason, kNoRule, Stage::body});
      co_return false;
  }
  if (cut_by_ || ended_how_ == Read::expired) {
    const Reason reason = cut_by_.value_or(Reason::header_timeout);
    co_await refuse_request(head, {reason, kNoRule, Stage::request});
    co_return false;
  }
  judging_->record_verdict({Reason::client_gone, kNoRule, Stage::request}, Decision::allow);
  judging_->finish(0);
  co_return false;
}

// Until it is whole, or nothing comes any more: `more`, and why is in `ended_how_`.
task<HeldBody::State> Session::hold_body(const RequestHead& head, std::size_t bytes_max) {
  held_body_.emplace(framing_of(head), head.fields.find("x-amz-trailer").value_or(""),
                     BodyBudget::Share(worker_.body_budget(), arrival_.client), bytes_max);
  if (head.expects_continue) {
    // Always, since the client waits for it: the origin's will be swallowed.
    const bool is_sent = co_await send_whole(std::string(kContinue));
    if (!is_sent) {
      ended_how_ = Read::end;
      co_return HeldBody::State::more;
    }
  }
  HeldBody::State state = held_body_->add(std::string_view(early_).substr(head.consumed));
  // A body that trickles in holds its room only as long as a head may take.
  constexpr std::size_t kBytesInTime = 256 * 1024;
  std::size_t due = held_body_->sent().size() + kBytesInTime;
  worker_.deadlines().arm(*this, Phase::header);
  while (state == HeldBody::State::more) {
    ended_how_ = co_await read_more();
    if (ended_how_ != Read::more) break;
    state = held_body_->add(chunk_);
    if (held_body_->sent().size() < due) continue;
    due = held_body_->sent().size() + kBytesInTime;
    worker_.deadlines().arm(*this, Phase::header);
  }
  worker_.deadlines().disarm(*this);
  co_return state;
}

void Session::judge_held_body(const RequestHead& head, std::size_t bytes_max) {
  std::optional<std::string> decoded;
  judging_->learn_body(judged_body(head, held_body_->payload(), bytes_max, decoded));
}

std::string_view Session::body_at_hand(const RequestHead& head) const {
  return held_body_ ? held_body_->sent() : std::string_view(early_).substr(head.consumed);
}

}  // namespace sallyport

// The part of a session that serves requests: each is judged on its own, and reaches its origin by
// a pooled connection or a new one (SEMANTICS.md sections 9, 11).
#include <algorithm>
#include <array>
#include <utility>

#include "policy/dial_choice.h"
#include "policy/facts_of.h"
#include "proxy/http/body_framing.h"
#include "proxy/http/reply.h"
#include "proxy/http/via.h"
#include "proxy/refusal_words.h"
#include "proxy/request_record.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// Requests that do the same done twice or once (RFC 9110 section 9.2.2), and that nobody signs for
/// one time: PUT and DELETE may meet another's change in between.
bool may_be_repeated(const RequestHead& head) {
  constexpr std::array<std::string_view, 4> kSafe{"GET", "HEAD", "OPTIONS", "TRACE"};
  return framing_of(head).kind == Framing::none &&
         std::find(kSafe.begin(), kSafe.end(), head.method) != kSafe.end();
}

/// What may not be repeated goes by a connection that surely lives still.
constexpr std::chrono::seconds kFreshIdle{1};

}  // namespace

task<bool> Session::serve_request() {
  const RequestHead head = head_reader_.take();  // views of `early_`, which stays meanwhile
  leave_connect_unrecorded();
  held_body_.reset();
  judging_.emplace(worker_, arrival_, Event::request);
  record_request(judging_->record(), head);
  if (through_) {
    record_tunnel();
  } else {
    judging_->set_target(*head.authority);
  }
  if (is_intercepted() && worker_.tls() == nullptr) {
    co_await revoke_tunnel();
    co_return false;
  }
  judging_->begin_exchange(head, aws_host_of(judging_->target()->host));
  if (!judging_->attempt().reserve()) {
    const Verdict verdict{Reason::audit_unavailable, kNoRule, Stage::request};
    co_return co_await refuse_request(head, verdict);
  }
  // In absolute-form its reader has compared them.
  if (through_ && head.host && !(*head.host == *through_)) {
    co_return co_await refuse_request(head, {Reason::host_mismatch, kNoRule, Stage::request});
  }
  if (head.has_via && has_passed(head.fields, worker_.gate().pseudonym)) {
    co_return co_await refuse_request(head, {Reason::proxy_loop, kNoRule, Stage::request});
  }
  for (bool is_retry = false;;) {
    const Answer answer = judging_->ask();
    if (answer.is_allow()) {
      const Exchanged how = co_await forward_request(head, is_retry);
      if (how != Exchanged::not_seen) co_return how == Exchanged::client_stays;
      // A reload may have come that judges otherwise, or reaches the host by another way.
      forget_dialled(judging_->facts());
      is_retry = true;
      continue;
    }
    if (answer.is_block()) co_return co_await refuse_request(head, answer.verdict);
    const bool is_learnt = co_await learn_of_request(head, answer.need);
    if (!is_learnt) co_return false;
  }
}

const AwsHost* Session::aws_host_of(const Host& host) {
  if (!known_host_ || !(known_host_->host == host)) known_host_.emplace(host);
  return known_host_->aws ? &*known_host_->aws : nullptr;
}

task<bool> Session::learn_of_request(const RequestHead& head, Stage fact) {
  if (fact == Stage::address) co_return co_await learn_address();
  if (fact == Stage::body) co_return co_await learn_body(head);
  // A request has no more facts, so this is a fault of ours.
  co_await refuse_request(head, {Reason::internal_error, kNoRule, Stage::request});
  co_return false;
}

// A reload took interception away: no origin could be spoken to.
task<> Session::revoke_tunnel() {
  judging_->record_verdict({Reason::tunnel_revoked, kNoRule, Stage::request}, Decision::allow);
  judging_->attempt().finish();
  co_await close_without_answer();
}

task<Session::Exchanged> Session::forward_request(const RequestHead& head, bool is_retry) {
  if (const auto fault = std::exchange(origin_fault_, std::nullopt)) {
    co_await fail(fault->reason, Stage::address, fault->words);
    co_return Exchanged::client_goes;
  }
  if (!is_retry) {
    const bool is_repeatable = may_be_repeated(head);
    std::optional<OriginConnection> kept = take_pooled(is_repeatable);
    if (kept) {
      const bool may_retry = is_repeatable && kept->has_served;
      co_return co_await exchange_with(*kept, head, may_retry);
    }
  }
  std::optional<OriginConnection> fresh = co_await dial_for_request();
  if (!fresh) co_return Exchanged::client_goes;
  co_return co_await exchange_with(*fresh, head, false);
}

std::optional<OriginConnection> Session::take_pooled(bool is_repeatable) {
  const Snapshot& snapshot = worker_.snapshot();
  const Facts& facts = judging_->facts();
  const auto idle_max = is_repeatable ? steady_clock::duration(snapshot.timeouts.origin_idle)
                                      : steady_clock::duration(kFreshIdle);
  return worker_.origins().take(origin_name(), dial_order(snapshot, facts), idle_max);
}

task<std::optional<OriginConnection>> Session::dial_for_request() {
  // Not as for a tunnel, whose acknowledgements wait for the first answer: an origin may write its
  // answer in two pieces and hold the second one back until the first is acknowledged (RFC 896).
  constexpr bool kClientSpeaksFirst = false;
  Dialled dialled = co_await dial_counted(kClientSpeaksFirst);
  if (dialled.outcome != Dialled::Outcome::connected || cut_by_) {
    co_await fail_dial(dialled);
    co_return std::nullopt;
  }
  std::optional<OriginConnection> made(std::in_place, std::move(*dialled.socket), dialled.address,
                                       dial_era_);
  if (!is_intercepted()) co_return made;
  const bool is_proved = co_await begin_tls(*made);
  if (!is_proved) {
    const OriginFault fault = *std::exchange(origin_fault_, std::nullopt);
    co_await fail(fault.reason, Stage::address, fault.words);
    co_return std::nullopt;
  }
  co_return made;
}

task<bool> Session::refuse_request(const RequestHead& head, Verdict verdict) {
  judging_->record_verdict(verdict, Decision::block);
  const std::string hint = hint_for(worker_.snapshot(), judging_->facts(), verdict.reason);
  Refusal words = judging_->refusal_for(verdict.reason, hint);
  // What contradicts itself is followed by nothing that could be trusted.
  const bool has_no_body = framing_of(head).kind == Framing::none;
  const bool is_held_whole = held_body_ && held_body_->is_whole();
  const bool is_read_whole = (has_no_body || is_held_whole) &&
                             info(verdict.reason).reason_class != ReasonClass::contradiction;
  words.keeps_open = head.keeps_open && is_read_whole && !cut_by_;
  if (!words.keeps_open) {
    co_await tell_and_close(words, !has_no_body && !is_held_whole);
    co_return false;
  }
  const std::string reply = refusal(words);
  judging_->finish(status_of(words));
  const bool is_sent = co_await send_whole(reply);
  if (is_held_whole) {
    early_ = held_body_->behind();
    held_body_.reset();
  } else {
    early_.erase(0, head.consumed);
  }
  co_return is_sent;
}

}  // namespace sallyport

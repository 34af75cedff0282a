// The part of a session that exchanges one request with its origin, whose answer is asked about
// again before anything of it is told (SEMANTICS.md sections 9, 11).
#include <exception>
#include <utility>

#include "policy/facts_of.h"
#include "policy/terms.h"
#include "proxy/exchange.h"
#include "proxy/request_record.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// Shorter answers are read at once.
constexpr std::uint64_t kFarBehind = 64 * 1024;

}  // namespace

task<Session::Exchanged> Session::exchange_with(OriginConnection& origin, const RequestHead& head,
                                                bool may_retry) {
  // Amid the dial and the handshake a reload may have come: the host is reached by another way now,
  // or another is trusted to be the host.
  if (origin.era != worker_.origins().era()) co_return Exchanged::not_seen;
  begin_exchange_at(judging_->facts(), origin.address);
  judging_->record().origin = origin.address;
  // Asked again: the rules' networks hold for the address that answered.
  const Answer answer =
      hold_to_terms(worker_.snapshot(), judging_->facts(), asked_by(head), judging_->ask());
  if (!answer.is_allow()) co_return co_await refuse_exchange(head, answer.verdict);
  judging_->record_verdict(answer.verdict,
                           answer.would_block ? Decision::would_block : Decision::allow);
  client_is_dry_ = false;  // the exchange waits there
  ConnectionStream to_client(worker_.tls_buffers(), client(), tls_.get());
  ConnectionStream to_origin(worker_.tls_buffers(), origin.socket, origin.tls.get());
  Exchange exchange(worker_, *to_client, *to_origin, request_for(head));
  exchange_ = &exchange;
  std::optional<Verdict> refused;
  std::exception_ptr fault;
  try {
    refused = co_await ask_and_relay(exchange);
  } catch (...) {
    fault = std::current_exception();  // told behind finish(): others refer to the exchange
    exchange.break_down();
  }
  co_await exchange.finish();
  exchange_ = nullptr;
  if (fault) worker_.session_failed(fault);
  judging_->record().bytes_up = exchange.bytes_up();
  judging_->record().bytes_down = exchange.bytes_down();
  if (std::exchange(is_revoked_, false) && !refused) {
    // Asked again: numbers of rules belong to their snapshot, and another may have come.
    const Answer now = judging_->ask();
    if (!now.is_allow()) refused = now.verdict;
  }
  if (refused) co_return co_await refuse_exchange(head, *refused);
  if (may_retry && exchange.is_unheard()) co_return Exchanged::not_seen;
  co_return co_await end_exchange(exchange, origin);
}

// Not in the coroutine: g++ 12 destroys the members of an aggregate that is built there twice.
Exchange::Request Session::request_for(const RequestHead& head) const {
  return {.head = head,
          .body = body_at_hand(head),
          .is_continued = held_body_.has_value() && head.expects_continue,
          .origin = *judging_->target(),
          .via = is_intercepted() ? std::string_view() : worker_.gate().pseudonym,
          .upload_max = limits_of(worker_.snapshot(), judging_->facts()).upload_max};
}

task<std::optional<Verdict>> Session::ask_and_relay(Exchange& exchange) {
  const bool has_answer = co_await exchange.ask();
  if (!has_answer) co_return std::nullopt;
  record_answer(judging_->record(), exchange.answer());
  if (exchange.is_websocket()) {
    // Between the judgement and the tunnel of a WebSocket nothing is waited for.
    co_await exchange.finish();
    become_tunnel(judging_->facts());
  }
  // Asked again: a reload, or a rule's end, may have come while the origin thought.
  const Answer now = exchange.is_websocket() ? judging_->ask() : judging_->ask_again();
  const Answer answer = hold_to_terms(worker_.snapshot(), judging_->facts(),
                                      offered_by(exchange.answer(), exchange.framing()), now);
  if (!answer.is_allow()) co_return answer.verdict;
  if (answer.would_block && judging_->record().decision == Decision::allow) {
    judging_->record_verdict(answer.verdict, Decision::would_block);
  }
  if (exchange.is_websocket()) co_return std::nullopt;
  const TransferLimits limits = limits_of(worker_.snapshot(), judging_->facts());
  co_await exchange.relay_answer(!cut_by_ && !worker_.is_draining(), limits.download_max);
  co_return std::nullopt;
}

void Session::judge_anew() {
  if (websocket_ != nullptr) {
    const bool is_allowed = judging_->ask().is_allow();
    websocket_->keep_to(terms_of(worker_.snapshot(), judging_->facts()));
    const bool may_stay = is_allowed && websocket_may_stay(worker_.snapshot(), judging_->facts());
    if (!may_stay) websocket_->cut(Reason::tunnel_revoked);
    return;
  }
  if (exchange_ == nullptr) return;
  const Answer now = judging_->ask();
  if (now.is_allow()) return;
  is_revoked_ = !exchange_->has_told();
  exchange_->cut(Reason::tunnel_revoked);
}

task<Session::Exchanged> Session::end_exchange(Exchange& exchange, OriginConnection& origin) {
  if (exchange.failure() != Reason::allowed) {
    if (tls_ && exchange.has_told()) tls_->is_truncated = true;
    if (exchange.needs_reset()) client().reset();
    co_await fail_exchange(exchange);
    co_return Exchanged::client_goes;
  }
  if (exchange.is_websocket()) {
    co_await open_websocket(exchange, origin);
    co_return Exchanged::client_goes;
  }
  judging_->finish(exchange.answer().status);
  if (exchange.origin_is_reusable()) {
    origin.has_served = true;
    worker_.origins().give(origin_name(), std::move(origin));
  }
  held_body_.reset();
  early_ = exchange.take_left_over();
  if (exchange.client_is_reusable()) co_return Exchanged::client_stays;
  // Who asks on without having read to the end would lose the rest: a close is a reset then.
  const bool is_behind = exchange.bytes_down() > kFarBehind && client().unacknowledged_bytes() > 0;
  co_await answer_and_close({}, is_behind || !exchange.has_whole_request());
  co_return Exchanged::client_goes;
}

// What cut an exchange that was under way leaves it allowed. A body that cannot be read is blocked,
// or is larger than a rule lets it be; and so is what a fault of ours ended before anything was
// told, as an Attempt is that dies.
task<> Session::fail_exchange(const Exchange& exchange) {
  const Reason failure = exchange.failure();
  judging_->keep_facts_current();
  const Facts& facts = judging_->facts();
  const Stage after = facts.body_is_known ? Stage::body : Stage::request;
  if (info(failure).reason_class == ReasonClass::contradiction) {
    judging_->record_verdict({failure, kNoRule, Stage::body}, Decision::block);
  } else if (failure == Reason::upload_limit || failure == Reason::download_limit) {
    const RuleIndex rule = terms_of(worker_.snapshot(), facts).rule;
    judging_->record_verdict({failure, rule, after}, Decision::block);
  } else if (failure == Reason::internal_error && !exchange.has_told()) {
    judging_->record_verdict({failure, kNoRule, after}, Decision::block);
  } else {
    judging_->record().reason = failure;
  }
  if (exchange.has_told() || failure == Reason::client_gone) {
    judging_->finish(judging_->record().status);
    co_return;
  }
  co_await tell_and_close(judging_->refusal_for(failure, exchange.failure_words()),
                          !exchange.has_whole_request());
}

task<Session::Exchanged> Session::refuse_exchange(const RequestHead& head, const Verdict& verdict) {
  if (verdict.reason == Reason::tunnel_revoked) {  // a WebSocket's way, before it began
    co_await fail(verdict.reason, verdict.after, {});
    co_return Exchanged::client_goes;
  }
  const bool stays = co_await refuse_request(head, verdict);
  co_return stays ? Exchanged::client_stays : Exchanged::client_goes;
}

}  // namespace sallyport

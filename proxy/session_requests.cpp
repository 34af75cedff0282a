// The part of a session that serves requests: each is judged on its own, reaches its origin by a
// pooled connection or a new one, and is exchanged (SEMANTICS.md sections 9, 11).
#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "policy/dial_choice.h"
#include "policy/facts_of.h"
#include "policy/terms.h"
#include "proxy/exchange.h"
#include "proxy/http/body_framing.h"
#include "proxy/http/reply.h"
#include "proxy/http/via.h"
#include "proxy/refusal_words.h"
#include "proxy/request_record.h"
#include "proxy/session.h"
#include "proxy/system_calls.h"
#include "proxy/tunnel.h"
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

/// Shorter answers are read at once.
constexpr std::uint64_t kFarBehind = 64 * 1024;

}  // namespace

task<bool> Session::serve_request() {
  const RequestHead head = head_reader_.take();  // views of `early_`, which stays meanwhile
  leave_connect_unrecorded();
  judging_.emplace(worker_, arrival_, Event::request);
  record_request(judging_->record(), head);
  if (through_) {
    record_tunnel();
  } else {
    judging_->set_target(*head.authority);
  }
  judging_->tell_as(head);
  if (is_intercepted() && worker_.tls() == nullptr) {
    co_await revoke_tunnel();
    co_return false;
  }
  judging_->begin_exchange(request_facts(head));
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
    if (answer.need != Stage::address) {
      // No policy that needs more loads, so this is a fault of ours.
      co_return co_await refuse_request(head, {Reason::internal_error, kNoRule, Stage::request});
    }
    const bool has_address = co_await learn_address();
    if (!has_address) co_return false;
  }
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
  ConnectionStream to_client(worker_.tls_buffers(), client(), tls_.get());
  ConnectionStream to_origin(worker_.tls_buffers(), origin.socket, origin.tls.get());
  Exchange exchange(worker_, *to_client, *to_origin, request_for(head));
  exchange_ = &exchange;
  std::optional<Verdict> refused;
  std::exception_ptr fault;
  try {
    refused = co_await ask_and_relay(exchange);
  } catch (...) {
    fault = std::current_exception();
  }
  co_await exchange.finish();
  exchange_ = nullptr;
  judging_->record().bytes_up = exchange.bytes_up();
  judging_->record().bytes_down = exchange.bytes_down();
  if (fault) std::rethrow_exception(fault);
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
          .body = std::string_view(early_).substr(head.consumed),
          .origin = *judging_->target(),
          .via = is_intercepted() ? std::string_view() : worker_.gate().pseudonym,
          .upload_max = terms_of(worker_.snapshot(), judging_->facts()).upload_max};
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
  const Answer answer =
      hold_to_terms(worker_.snapshot(), judging_->facts(),
                    offered_by(exchange.answer(), exchange.framing()), judging_->ask());
  if (!answer.is_allow()) co_return answer.verdict;
  if (answer.would_block && judging_->record().decision == Decision::allow) {
    judging_->record_verdict(answer.verdict, Decision::would_block);
  }
  if (exchange.is_websocket()) co_return std::nullopt;
  const Terms terms = terms_of(worker_.snapshot(), judging_->facts());
  co_await exchange.relay_answer(!cut_by_ && !worker_.is_draining(), terms.download_max);
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
  early_ = exchange.take_left_over();
  if (exchange.client_is_reusable()) co_return Exchanged::client_stays;
  // Who asks on without having read to the end would lose the rest: a close is a reset then.
  const bool is_behind = exchange.bytes_down() > kFarBehind && client().unacknowledged_bytes() > 0;
  co_await answer_and_close({}, is_behind || !exchange.has_whole_request());
  co_return Exchanged::client_goes;
}

// The connections are a tunnel from here on, recorded and judged like any other.
task<> Session::open_websocket(Exchange& exchange, OriginConnection& origin) {
  auto record = judging_->attempt().finish_as_tunnel();
  if (!record) {
    const Reason reason = Reason::audit_unavailable;
    judging_->record_verdict({reason, kNoRule, Stage::request}, Decision::block);
    co_await tell_and_close(judging_->refusal_for(reason, {}));
    co_return;
  }
  if (is_intercepted()) co_return co_await relay_websocket(exchange, origin, std::move(*record));
  const std::string head = exchange.websocket_head();
  const ssize_t sent = sys::send(client().fd(), head.data(), head.size());
  if (sent != static_cast<ssize_t>(head.size())) {  // who waits for it has room for it
    record->finish({.reason = Reason::client_gone, .time = worker_.now()});
    co_return;
  }
  auto* tunnel = new Tunnel(worker_, std::move(*socket_), std::move(origin.socket));
  tunnel->open(passage(std::move(*record)), exchange.take_left_over(), 0, exchange.behind_answer());
}

task<> Session::relay_websocket(Exchange& exchange, OriginConnection& origin,
                                OpenTunnelRecord record) {
  ConnectionStream to_client(worker_.tls_buffers(), client(), tls_.get());
  ConnectionStream to_origin(worker_.tls_buffers(), origin.socket, origin.tls.get());
  const std::string head = exchange.websocket_head();
  const std::string from_client = exchange.take_left_over();
  WebSocketRelay relay(worker_, *to_client, *to_origin,
                       terms_of(worker_.snapshot(), judging_->facts()));
  const bool is_told = to_client->write(head, {}) == static_cast<ssize_t>(head.size());
  if (is_told) {  // who waits for it has room for it
    websocket_ = &relay;
    co_await relay.run(from_client, exchange.behind_answer());
    websocket_ = nullptr;
  }
  tls_->is_truncated = relay.reason() != Reason::allowed;
  record.finish({.reason = is_told ? relay.reason() : Reason::client_gone,
                 .time = worker_.now(),
                 .bytes_up = relay.bytes_up(),
                 .bytes_down = relay.bytes_down()});
}

// What cut an exchange that was under way leaves it allowed; a body that cannot be read is blocked.
task<> Session::fail_exchange(const Exchange& exchange) {
  const Reason failure = exchange.failure();
  const bool is_block = info(failure).reason_class == ReasonClass::contradiction;
  AttemptRecord& record = judging_->record();
  record.reason = failure;
  if (is_block) judging_->record_verdict({failure, kNoRule, Stage::body}, Decision::block);
  if (exchange.has_told() || failure == Reason::client_gone) {
    judging_->finish(record.status);
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

task<bool> Session::refuse_request(const RequestHead& head, Verdict verdict) {
  judging_->record_verdict(verdict, Decision::block);
  const std::string hint = hint_for(worker_.snapshot(), judging_->facts(), verdict.reason);
  Refusal words = judging_->refusal_for(verdict.reason, hint);
  // What contradicts itself is followed by nothing that could be trusted.
  const bool is_read_whole = framing_of(head).kind == Framing::none &&
                             info(verdict.reason).reason_class != ReasonClass::contradiction;
  words.keeps_open = head.keeps_open && is_read_whole && !cut_by_;
  if (!words.keeps_open) {
    co_await tell_and_close(words, framing_of(head).kind != Framing::none);
    co_return false;
  }
  const std::string reply = refusal(words);
  judging_->finish(status_of(words));
  const bool is_sent = co_await send_whole(reply);
  early_.erase(0, head.consumed);
  co_return is_sent;
}

}  // namespace sallyport

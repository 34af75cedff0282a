// The part of a tunnel that looks at what its client begins with: hellos behind the first one, and
// the first bytes of a client that was silent when it was decided.
#include "policy/decide.h"
#include "policy/facts_of.h"
#include "proxy/system_calls.h"
#include "proxy/tunnel.h"
#include "proxy/worker.h"
#include "tls/alert.h"

namespace sallyport {

void Tunnel::begin_up(std::string_view first, std::size_t hello_bytes) {
  std::string_view passing = first;
  if (hello_bytes > 0) {
    guard_ = std::make_unique<HelloGuard>(passage_->facts->first_bytes->sni);
    std::string_view rest = first.substr(hello_bytes);
    const bool passes = rest.empty() || pass_guard(up_, rest);
    passing = passes ? first.substr(0, hello_bytes + rest.size()) : std::string_view();
  }
  if (!passing.empty() && !up_.discards) {
    // If it fails, the next send tells what is wrong.
    const ssize_t sent = sys::send(origin_.fd(), passing.data(), passing.size());
    up_.pending.assign(passing.substr(sent > 0 ? static_cast<std::size_t>(sent) : 0));
  }
}

// A client that was silent when it was decided speaks: what it begins with is judged as its first
// bytes would have been, before one byte of it passes.
Tunnel::Step Tunnel::take_late_bytes(std::string_view chunk, bool may_be_more) {
  const bool are_first = late_->held.empty();
  late_->held += chunk;
  if (late_->reader.add(chunk, late_->held, facts())) {
    judge_late_bytes();
    return Step::again;
  }
  if (are_first) worker_.deadlines().arm(*this, Phase::client_hello);
  return may_be_more ? Step::again : Step::wait_read;
}

// As in time: what may yet become a hello is none, all else is what no HTTP ever became.
void Tunnel::late_bytes_ended() {
  if (late_->reader.is_in_hello()) {
    if (reason_ == Reason::allowed) reason_ = Reason::client_gone;
    late_.reset();
    worker_.deadlines().arm(*this, Phase::idle);
    return;
  }
  add_first_bytes(facts(), FirstBytes::Kind::other);
  judge_late_bytes();
}

void Tunnel::late_bytes_timed_out() {
  if (late_->reader.is_in_hello()) {
    refuse({Reason::client_hello_timeout, kNoRule, Stage::first_bytes}, {});
  } else {
    add_first_bytes(facts(), FirstBytes::Kind::other);
    judge_late_bytes();
  }
  if (up_.is_waiting) client_.cancel();  // it has something to send or to drop now
}

void Tunnel::judge_late_bytes() {
  worker_.deadlines().arm(*this, Phase::idle);
  facts().time = worker_.now();
  const Answer answer = decide(worker_.snapshot(), facts());
  const auto late = std::exchange(late_, nullptr);
  const std::string_view sni = late->reader.sent_name();
  if (answer.is_block()) {
    refuse(answer.verdict, sni);
  } else if (!answer.is_allow()) {
    shut_off(Reason::tunnel_revoked);  // it would be read now
  } else {
    // What monitor mode lifted first is the one told: of the opening, where that passed so.
    const bool is_new = passage_->record.record().decision == Decision::allow;
    if (answer.would_block && is_new) set_late(Decision::would_block, answer.verdict, sni);
    begin_up(late->held, late->reader.hello_bytes());
  }
}

bool Tunnel::pass_guard(Way& way, std::string_view& chunk) {
  HelloGuard::Verdict verdict{};
  if (&way == &up_) {
    const HelloGuard::Passage passage = guard_->on_client(bytes_of(chunk));
    verdict = passage.verdict;
    chunk = chunk.substr(0, passage.pass);
  } else {
    verdict = guard_->on_origin(bytes_of(chunk));
  }
  if (verdict != HelloGuard::Verdict::proceed) {
    const bool is_mismatch = verdict == HelloGuard::Verdict::mismatch;
    refuse({is_mismatch ? Reason::sni_mismatch : Reason::malformed_client_hello, kNoRule,
            Stage::first_bytes},
           guard_->refused_name());
    return false;
  }
  const auto released = guard_->take_released();
  up_.pending.append(released.begin(), released.end());
  if (guard_->is_open()) guard_.reset();
  if (&way == &down_) {
    if (up_.is_held) {
      run(up_);  // it has nothing to read, so the chunk stays in the scratch buffer
    } else if (up_.is_waiting && !released.empty()) {
      client_.cancel();
      origin_.cancel();
    }
  }
  return !has_ended_;
}

void Tunnel::set_late(Decision decision, const Verdict& verdict, std::string_view sni) {
  passage_->record.set_late({.decision = decision,
                             .reason = verdict.reason,
                             .rule = std::string(worker_.snapshot().rule_name(verdict.rule)),
                             .sni = std::string(sni),
                             .policy = worker_.policy_hash()});
}

void Tunnel::refuse(const Verdict& verdict, std::string_view sni) {
  set_late(Decision::block, verdict, sni);
  shut_off(verdict.reason);
}

void Tunnel::shut_off(Reason reason) {
  reason_ = reason;
  const bool is_tls = facts().first_bytes->kind == FirstBytes::Kind::tls;
  if (is_tls || reason == Reason::client_hello_timeout) {
    sys::send(client_.fd(), kAccessDeniedAlert.data(), kAccessDeniedAlert.size());
  }
  origin_.reset();
  // The client is told and may read it; what it sends meanwhile is dropped.
  discard(up_);
  discard(down_);
  down_.ended = true;
  if (down_.is_waiting) client_.cancel();
}

}  // namespace sallyport

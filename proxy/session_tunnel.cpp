// The part of a session that makes a tunnel: the dial, the 200, the first bytes, and the hand-over.
#include "policy/dial_choice.h"
#include "policy/facts_of.h"
#include "policy/first_words.h"
#include "proxy/dialer.h"
#include "proxy/http/reply.h"
#include "proxy/refusal_words.h"
#include "proxy/session.h"
#include "proxy/system_calls.h"
#include "proxy/tunnel.h"
#include "proxy/worker.h"

namespace sallyport {

task<bool> Session::learn_first_bytes() {
  const bool is_dialled = co_await dial_origin();
  if (!is_dialled) co_return false;
  worker_.deadlines().arm(*this, Phase::client_hello);
  has_expired_ = false;
  const bool has_bytes = co_await read_first_bytes();
  worker_.deadlines().disarm(*this);
  co_return has_bytes;
}

// Not in the coroutine: g++ 12 destroys the members of an aggregate that is built there twice.
DialPlan Session::dial_plan(bool client_speaks_first) const {
  const Snapshot& snapshot = worker_.snapshot();
  return {.addresses = dial_order(snapshot, judging_->facts()),
          .port = port_to_dial(judging_->facts()),
          .source = snapshot.destinations.source_address,
          .client_speaks_first = client_speaks_first};
}

task<Dialled> Session::dial_counted(bool client_speaks_first) {
  const auto began = steady_clock::now();
  dial_era_ = worker_.origins().era();
  DialPlan plan = dial_plan(client_speaks_first);
  Dialled dialled = co_await dial(worker_.reactor(), worker_.deadlines(), std::move(plan));
  worker_.counters().connect_seconds.observe(steady_clock::now() - began);
  co_return std::move(dialled);
}

task<> Session::fail_dial(const Dialled& dialled) {
  if (cut_by_) {
    co_await fail(*cut_by_, Stage::address, {});
    co_return;
  }
  const bool is_timeout = dialled.outcome == Dialled::Outcome::timed_out;
  co_await fail(is_timeout ? Reason::connect_timeout : Reason::connect_failed, Stage::address,
                is_timeout ? std::string_view() : words_for_connect_error(dialled.error));
}

task<bool> Session::dial_origin() {
  const bool client_speaks_first = !some_rule_takes_no_tls(worker_.snapshot(), judging_->facts());
  Dialled dialled = co_await dial_counted(client_speaks_first);
  if (dialled.outcome != Dialled::Outcome::connected || cut_by_) {
    co_await fail_dial(dialled);
    co_return false;
  }
  judging_->facts().address->dialled = dialled.address;
  judging_->record().origin = dialled.address;
  client_is_dry_ = false;  // the tunnel may wait there
  tunnel_ = new Tunnel(worker_, std::move(*socket_), std::move(*dialled.socket));
  socket_.reset();
  const ssize_t sent =
      sys::send(client().fd(), kConnectEstablished.data(), kConnectEstablished.size());
  if (sent != static_cast<ssize_t>(kConnectEstablished.size())) {
    co_await fail(Reason::client_gone, Stage::address, {});
    co_return false;
  }
  co_return true;
}

task<bool> Session::read_first_bytes() {
  judging_->keep_facts_current();
  if (may_pass_without_tls(worker_.snapshot(), judging_->facts())) tunnel_->hear_origin();
  std::string_view unread = early_;
  for (;;) {
    const std::string_view all = early_.empty() ? unread : std::string_view(early_);
    if (!unread.empty() && first_bytes_.add(unread, all, judging_->facts())) {
      record_first_bytes();
      co_return true;
    }
    if (early_.empty()) early_ = unread;
    const Read how = co_await read_more();
    if (how != Read::more) {
      const bool goes_on = co_await end_without_first_bytes(how);
      co_return goes_on;
    }
    unread = chunk_;
    if (early_.empty()) continue;
    const std::size_t known = early_.size();
    early_ += chunk_;
    unread = std::string_view(early_).substr(known);
  }
}

void Session::record_first_bytes() {
  AttemptRecord& record = judging_->record();
  const FirstBytes& first = *judging_->facts().first_bytes;
  if (first.kind == FirstBytes::Kind::http) record.scheme = Scheme::http;
  if (first_bytes_.hello_bytes() == 0) return;
  record.scheme = Scheme::https;
  record.alpn = first.alpn;
  if (first.has_ech) worker_.counters().tls_ech.add(1);
  if (first.sni) {
    record.sni = first.sni->text();
  } else if (first_bytes_.hello().server_name) {
    record.sni = *first_bytes_.hello().server_name;  // no host name: told as it was sent
  }
}

task<bool> Session::end_without_first_bytes(Read how) {
  if (cut_by_) {
    co_await fail(*cut_by_, Stage::first_bytes, {});
    co_return false;
  }
  const bool is_silent = early_.empty();
  if (how == Read::expired && first_bytes_.is_in_hello()) {
    co_await refuse({Reason::client_hello_timeout, kNoRule, Stage::first_bytes});
    co_return false;
  }
  judging_->keep_facts_current();
  // A client that only listens may have ended its own direction already, and so may one that said
  // all it has to say; of a hello that is cut off nothing more can come.
  const bool ends_early =
      how == Read::end && !first_bytes_.is_in_hello() &&
      (!is_silent || may_pass_without_tls(worker_.snapshot(), judging_->facts()));
  if (how == Read::expired || ends_early) {
    add_first_bytes(judging_->facts(),
                    is_silent ? FirstBytes::Kind::silence : FirstBytes::Kind::other);
    co_return true;
  }
  co_await fail(Reason::client_gone, Stage::first_bytes, {});
  co_return false;
}

task<> Session::open_tunnel(const Answer& answer) {
  judging_->record_verdict(answer.verdict,
                           answer.would_block ? Decision::would_block : Decision::allow);
  AttemptRecord& record = judging_->record();
  const bool is_tls = judging_->facts().first_bytes->kind == FirstBytes::Kind::tls;
  record.tls = is_tls ? TlsUse::passthrough : TlsUse::none;
  record.status = 200;
  auto open_record = judging_->attempt().finish_as_tunnel();
  if (!open_record) {
    co_await refuse({Reason::audit_unavailable, kNoRule, Stage::first_bytes});
    co_return;
  }
  hand_over(std::move(*open_record));
}

// From here on each request is an attempt of its own; the CONNECT is recorded only where none
// comes.
std::optional<Tunnel::Ends> Session::take_back_ends() {
  std::optional<Tunnel::Ends> ends = std::exchange(tunnel_, nullptr)->give_back();
  if (!ends) {
    judging_->record_verdict({Reason::origin_malformed, kNoRule, Stage::first_bytes},
                             Decision::allow);
    judging_->finish(200);
    return std::nullopt;
  }
  socket_.emplace(std::move(ends->client));
  through_ = *judging_->target();
  return ends;
}

task<bool> Session::begin_reading() {
  if (early_.empty()) early_ = chunk_;
  std::optional<Tunnel::Ends> ends = take_back_ends();
  if (!ends) co_return false;
  const Facts& facts = judging_->facts();
  if (ends->origin) {
    worker_.origins().give(origin_name(), OriginConnection(std::move(*ends->origin),
                                                           *facts.address->dialled, dial_era_));
  }
  co_return true;
}

void Session::hand_over(OpenTunnelRecord record) {
  Tunnel* tunnel = std::exchange(tunnel_, nullptr);
  const std::string_view first = early_.empty() ? chunk_ : std::string_view(early_);
  const bool is_silent = judging_->facts().first_bytes->kind == FirstBytes::Kind::silence;
  tunnel->open(passage(std::move(record)), is_silent ? std::string_view() : first,
               first_bytes_.hello_bytes());
}

Tunnel::Passage Session::passage(OpenTunnelRecord record) {
  return {
      .record = std::move(record), .facts = judging_->take_facts(), .place = std::move(*place_)};
}

}  // namespace sallyport

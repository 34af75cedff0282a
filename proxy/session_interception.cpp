// The part of a session that ends TLS where the policy reads what is in it: the origin's leg first,
// then the client's with a leaf for the host (DESIGN.md, One loop; SEMANTICS.md section 3).
#include <utility>

#include "policy/dial_choice.h"
#include "policy/facts_of.h"
#include "proxy/refusal_words.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// A connection that was proved so lately is as good as a fresh one for any request.
constexpr std::chrono::seconds kProvedIdle{1};
/// Who goes so soon behind the handshake did not like what it was shown.
constexpr std::chrono::seconds kLookAtLeaf{1};

constexpr std::string_view kTrustHint =
    "; a client that does not trust the gate's CA does so: `sallyport env` on the workstation, "
    "deploy/ca/README.md";

std::string why_client_left(const TlsEngine& engine, TlsStream::Handshake how) {
  if (how == TlsStream::Handshake::cancelled) return "it did not finish the handshake in time";
  if (engine.has_peer_alert()) {
    std::string why = "it says: " + std::string(engine.peer_alert_words());
    if (engine.is_certificate_refused()) why += kTrustHint;
    return why;
  }
  if (how == TlsStream::Handshake::failed) return "its TLS is not right: " + engine.failure();
  return "it went right behind the handshake" + std::string(kTrustHint);
}

}  // namespace

OriginName Session::origin_name() const {
  const Facts& facts = judging_->facts();
  return {facts.host.text(), port_to_dial(facts), is_intercepted()};
}

SslPtr Session::client_end_for(const Host& host, ClientTls::Naming naming) {
  ClientTls& tls = worker_.tls()->client;
  const std::uint64_t minted = tls.leaves_minted();
  SslPtr end = tls.accept(host, naming, worker_.now());
  if (!end) return nullptr;
  WorkerCounters& counters = worker_.counters();
  (tls.leaves_minted() != minted ? counters.leaf_cache_misses : counters.leaf_cache_hits).add(1);
  return end;
}

task<bool> Session::begin_intercepting() {
  judging_->record().tls = TlsUse::intercepted;
  if (worker_.tls() == nullptr) {  // no such policy loads, so this is a fault of ours
    co_await refuse({Reason::internal_error, kNoRule, Stage::first_bytes});
    co_return false;
  }
  // What was read of the client: its hello, and perhaps what it sent behind that.
  const std::string first(early_.empty() ? chunk_ : std::string_view(early_));
  const Facts& facts = judging_->facts();
  SslPtr ssl = client_end_for(
      facts.host, facts.first_bytes->sni ? ClientTls::Naming::named : ClientTls::Naming::unnamed);
  if (!ssl) {
    worker_.gate().log.log_once("no-leaf", judging_->facts().host.text(), OperatorLog::Level::error,
                                "the interception CA cannot sign for " +
                                    std::string(judging_->facts().host.text()) +
                                    "; `sallyport check` says why");
    co_await refuse({Reason::internal_error, kNoRule, Stage::first_bytes});
    co_return false;
  }
  std::optional<Tunnel::Ends> ends = take_back_ends();
  if (!ends) co_return false;
  tls_ = std::make_unique<TlsConnection>(std::move(ssl), first);
  early_.clear();
  early_.shrink_to_fit();
  chunk_ = {};
  if (ends->origin) {
    co_await verify_origin(
        OriginConnection(std::move(*ends->origin), *judging_->facts().address->dialled, dial_era_));
  }
  const bool is_read = co_await accept_tls();
  co_return is_read;
}

task<> Session::verify_origin(OriginConnection origin) {
  judging_->keep_facts_current();
  const auto addresses = dial_order(worker_.snapshot(), judging_->facts());
  if (worker_.origins().has(origin_name(), addresses, kProvedIdle)) co_return;
  const bool is_proved = co_await begin_tls(origin);
  if (is_proved) worker_.origins().give(origin_name(), std::move(origin));
}

task<TlsStream::Handshake> Session::shake_hands(Socket& socket, TlsConnection& tls, Phase phase) {
  has_expired_ = false;
  client_is_dry_ = false;  // the handshake waits there
  worker_.deadlines().arm(*this, phase);
  TlsStream stream(worker_.tls_buffers(), socket, tls);
  handshaking_ = &stream;
  const TlsStream::Handshake how = co_await stream.shake_hands();
  handshaking_ = nullptr;
  worker_.deadlines().disarm(*this);
  co_return how;
}

task<bool> Session::begin_tls(OriginConnection& origin) {
  origin_fault_.reset();
  if (worker_.tls() == nullptr) {  // a reload took interception away
    origin_fault_.emplace().reason = Reason::tunnel_revoked;
    co_return false;
  }
  SslPtr ssl = worker_.tls()->origin.connect(judging_->facts().host);
  origin.tls = std::make_unique<TlsConnection>(std::move(ssl));
  const TlsStream::Handshake how = co_await shake_hands(origin.socket, *origin.tls, Phase::connect);
  if (how == TlsStream::Handshake::done) co_return true;
  OriginFault& fault = origin_fault_.emplace();
  if (cut_by_) {
    fault.reason = *cut_by_;
  } else if (how == TlsStream::Handshake::cancelled) {
    fault.reason = Reason::connect_timeout;
    fault.words = "the origin did not finish its TLS handshake in time";
  } else if (how == TlsStream::Handshake::ended) {
    fault.words = "the origin ended the connection amid its TLS handshake";
  } else {
    fault.words = "the origin's TLS is not right: " + origin.tls->engine.failure();
  }
  co_return false;
}

task<bool> Session::accept_tls() {
  const bool takes_http_1 = offers_http_1(judging_->facts().first_bytes->alpn);
  const TlsStream::Handshake how = co_await shake_hands(*socket_, *tls_, Phase::header);
  if (how == TlsStream::Handshake::done) co_return true;
  Reason reason = Reason::client_tls_failed;
  if (cut_by_) {
    reason = *cut_by_;
  } else if (const auto fault = ClientTls::naming_fault(tls_->engine)) {
    // The first hello was judged before; the alert is on its way.
    co_await end_tunnel(*fault, Decision::block);
    co_return false;
  } else if (!takes_http_1) {
    reason = Reason::http2_required;
  } else if (how == TlsStream::Handshake::ended) {
    reason = Reason::client_gone;
  }
  co_await fail_client_tls(reason, how);
  co_return false;
}

// Some look at the leaf behind the handshake, and go with an alert, a close_notify or without a
// word (wget's and git's GnuTLS).
bool Session::has_left_tls() const {
  return tls_->engine.has_peer_alert() || steady_clock::now() - tls_->established < kLookAtLeaf;
}

task<> Session::fail_client_tls(Reason reason, TlsStream::Handshake how) {
  if (reason == Reason::http2_required) {
    tell_operator_of_client_tls(
        "it offers no HTTP/1.x, and what is intercepted is read as that: let it use HTTP/1.1, or "
        "let a rule with `intercept: never` pass this host unread");
  } else if (reason == Reason::client_tls_failed) {
    tell_operator_of_client_tls(why_client_left(tls_->engine, how));
  }
  co_await end_tunnel(reason, Decision::allow);
}

task<> Session::end_tunnel(Reason reason, Decision decision) {
  judging_->record_verdict({reason, kNoRule, Stage::first_bytes}, decision);
  judging_->finish(200);
  co_await close_without_answer();
}

task<> Session::close_without_answer() {
  constexpr bool kMoreComes = true;
  co_await answer_and_close({}, kMoreComes);
}

void Session::tell_operator_of_client_tls(std::string_view what) const {
  const std::string host(judging_->target()->host.text());
  const std::string client = arrival_.client.text();
  worker_.gate().log.log_once_of(
      "client-tls", client, host, OperatorLog::Level::warning,
      "client " + client + " gave up TLS to " + host + ": " + std::string(what));
}

}  // namespace sallyport

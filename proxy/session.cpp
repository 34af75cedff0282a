#include "proxy/session.h"

#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/facts_of.h"
#include "proxy/http/reply.h"
#include "proxy/refusal_words.h"
#include "proxy/system_calls.h"
#include "proxy/tunnel.h"
#include "proxy/worker.h"
#include "tls/alert.h"

namespace sallyport {
namespace {

/// Reading the clock twice takes as long as a decision.
constexpr std::uint64_t kDecisionsPerTiming = 16;

RootTask serve([[maybe_unused]] RootTask::List& among, Worker& worker, Arrival arrival,
               Socket socket, Place place) {
  try {
    Session session(worker, arrival, std::move(socket), std::move(place));
    co_await session.run();
  } catch (...) {
    worker.session_failed(std::current_exception());
  }
}

}  // namespace

void start_session(Worker& worker, Arrival arrival, Socket socket, Place place) {
  worker.trim_later();
  serve(worker.session_tasks(), worker, arrival, std::move(socket), std::move(place));
}

Session::Session(Worker& worker, Arrival arrival, Socket socket, Place place)
    : worker_(worker),
      arrival_(arrival),
      place_(std::move(place)),
      socket_(std::move(socket)),
      head_reader_(HeadPlace::proxy, {.bytes = worker.snapshot().limits.header_bytes}) {
  worker_.sessions().push_back(*this);
}

Session::~Session() {
  // Cut while it resolved or dialled, which nothing ends early.
  if (cut_by_ && attempt_ && !attempt_->is_finished()) {
    const Stage after = facts_ && facts_->address ? Stage::address : Stage::connect;
    attempt_->set_decision(Decision::allow, *cut_by_, {}, after);
    attempt_->finish();
  }
  if (tunnel_ != nullptr) tunnel_->abandon();
}

task<> Session::run() {
  worker_.deadlines().arm(*this, Phase::header);
  const bool has_head = co_await read_head();
  worker_.deadlines().disarm(*this);
  if (has_head) co_await serve_connect();
}

void Session::cut(Reason reason) {
  cut_by_ = reason;
  client().cancel();
}

void Session::expire() {
  has_expired_ = true;
  client().cancel();
}

Socket& Session::client() { return tunnel_ != nullptr ? tunnel_->client() : *socket_; }

task<Session::Read> Session::read_more() {
  const std::span<char> scratch = worker_.scratch();
  for (;;) {
    const ssize_t count = sys::recv(client().fd(), scratch.data(), scratch.size());
    if (count > 0) {
      has_heard_ = true;
      chunk_ = {scratch.data(), static_cast<std::size_t>(count)};
      co_return Read::more;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) co_return Read::end;
    const error_code error = co_await client().readable();
    if (has_expired_) co_return Read::expired;
    if (error || cut_by_) co_return Read::end;
  }
}

void Session::begin_attempt(Event event) {
  attempt_.emplace(worker_.recorder(), event, arrival_.listener, arrival_.client, worker_.now());
  attempt_->record().policy = worker_.policy_hash();
}

task<> Session::serve_connect() {
  begin_attempt(Event::connect);
  attempt_->record().method = "CONNECT";
  attempt_->set_host(target_->host, target_->port);
  const bool is_own =
      target_->host.is_literal() && worker_.is_own(target_->host.address().judged());
  facts_ = std::make_unique<Facts>(
      facts_of_connect(worker_.snapshot(), arrival_.client, *target_, worker_.now(), is_own));
  if (!attempt_->reserve()) {
    co_await refuse({Reason::audit_unavailable, kNoRule, Stage::connect});
    co_return;
  }
  for (;;) {
    const Answer answer = ask();
    if (answer.is_allow()) {
      co_await open_tunnel(answer);
      co_return;
    }
    if (answer.is_block()) {
      co_await refuse(answer.verdict);
      co_return;
    }
    const bool has_fact = co_await fetch(answer.need);
    if (!has_fact) co_return;
  }
}

// After every wait, before facts and snapshot are used together: a reload may have come, and the
// facts' numbers of rules and clients belong to the snapshot that they were made for.
void Session::keep_facts_current() {
  if (!facts_ || facts_->snapshot_number == worker_.snapshot().number) return;
  renew(*facts_, worker_.snapshot(), worker_.now());
  attempt_->record().policy = worker_.policy_hash();
}

Answer Session::ask() {
  const Snapshot& snapshot = worker_.snapshot();
  keep_facts_current();
  // A rule may have ended while a fact was fetched. To the microsecond: live tunnels are judged at
  // the instant of an `until`, and none that it forbids may open behind that.
  facts_->time = worker_.now();
  const bool is_timed = worker_.next_decision() % kDecisionsPerTiming == 0;
  const auto began = is_timed ? steady_clock::now() : steady_clock::time_point();
  const Answer answer = decide(snapshot, *facts_);
  if (is_timed) worker_.counters().decision_seconds.observe(steady_clock::now() - began);
  keep_lifted(*facts_, answer);
  return answer;
}

task<bool> Session::fetch(Stage fact) {
  if (fact == Stage::address) co_return co_await learn_address();
  if (fact == Stage::first_bytes) co_return co_await learn_first_bytes();
  // No policy that needs more loads (`check` names the room), so this is a fault of ours.
  co_await refuse({Reason::internal_error, kNoRule, Stage::first_bytes});
  co_return false;
}

task<bool> Session::learn_address() {
  if (facts_->host.is_literal()) {
    add_literal_address(*facts_);
    co_return true;
  }
  Resolution asked;
  const Resolution* known = worker_.resolver().cached(facts_->host.text());
  if (known == nullptr) {
    asked = co_await worker_.resolver().resolve(facts_->host.text(), arrival_.client);
    known = &asked;
  }
  const Resolution& resolved = *known;  // of the resolver: valid until the next wait
  if (resolved.outcome != Resolution::Outcome::ok) {
    const bool is_busy = resolved.outcome == Resolution::Outcome::overloaded;
    co_await fail(is_busy ? Reason::overloaded : Reason::dns_failure, Stage::address,
                  words_for(resolved.outcome));
    co_return false;
  }
  AddressFacts& address = facts_->address.emplace();
  address.resolved.reserve(resolved.addresses.size());
  for (const IpAddress& each : resolved.addresses) {
    address.resolved.push_back({each, worker_.is_own(each.judged())});
  }
  co_return true;
}

void Session::record_verdict(const Verdict& verdict, Decision decision) {
  const Snapshot& snapshot = worker_.snapshot();
  keep_facts_current();
  attempt_->set_decision(decision, verdict.reason, snapshot.rule_name(verdict.rule), verdict.after);
  if (facts_ && facts_->client_index) {
    attempt_->record().client_name = snapshot.clients[*facts_->client_index].name;
  }
}

void Session::finish(std::uint16_t status) {
  attempt_->record().status = status;
  attempt_->finish();
}

std::string Session::reply_for(Reason reason, std::string_view hint) const {
  Refusal words{.reason = reason,
                .time = worker_.now(),
                .target = target_ ? &*target_ : nullptr,
                .rule = attempt_->record().rule,
                .hint = hint,
                .contact = worker_.snapshot().contact};
  if (info(reason).status == 503) words.retry_after = std::chrono::seconds(1);
  return refusal(words);
}

task<> Session::refuse(Verdict verdict) {
  record_verdict(verdict, Decision::block);
  if (tunnel_ != nullptr) {
    // The 200 was sent. A person's TLS client is told by an alert; others see the end.
    const bool is_tls = facts_->first_bytes && facts_->first_bytes->kind == FirstBytes::Kind::tls;
    const bool tells = is_tls || verdict.reason == Reason::client_hello_timeout;
    finish(200);
    tunnel_->origin().reset();
    co_await answer_and_close(tells ? kAccessDeniedAlert : std::string_view());
    co_return;
  }
  const std::string reply =
      reply_for(verdict.reason, hint_for(worker_.snapshot(), *facts_, verdict.reason));
  finish(info(verdict.reason).status);
  co_await answer_and_close(reply);
}

task<> Session::fail(Reason reason, Stage after, std::string_view hint) {
  // A limit is a block; faults and ends are what became of an attempt that no rule blocked.
  const bool is_block = info(reason).reason_class == ReasonClass::resource;
  record_verdict({reason, kNoRule, after}, is_block ? Decision::block : Decision::allow);
  if (tunnel_ != nullptr) {
    finish(200);
    co_return;
  }
  const std::string reply = reply_for(reason, hint);
  finish(info(reason).status);
  co_await answer_and_close(reply);
}

task<> Session::answer_and_close(std::string_view reply) {
  if (!reply.empty()) {
    // What does not fit into the socket's buffer at once is not waited for: nobody reads there.
    sys::send(client().fd(), reply.data(), reply.size());
  }
  // Closing on unread bytes would be a reset, which may overtake the answer.
  const std::span<char> scratch = worker_.scratch();
  const bool has_unread = sys::recv(client().fd(), scratch.data(), scratch.size()) > 0;
  if (has_unread || !early_.empty()) co_await linger();
}

task<> Session::linger() {
  ::shutdown(client().fd(), SHUT_WR);
  has_expired_ = false;
  worker_.deadlines().arm(*this, Phase::linger);
  constexpr int kReadsMax = 64;
  for (int reads = 0; reads < kReadsMax; ++reads) {
    const Read how = co_await read_more();
    if (how != Read::more) break;
  }
  worker_.deadlines().disarm(*this);
}

}  // namespace sallyport

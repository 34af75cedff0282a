#include "proxy/judging.h"

#include "policy/decide.h"
#include "policy/facts_of.h"
#include "proxy/aws_reading.h"
#include "proxy/http/accept.h"
#include "proxy/http/aws_refusal.h"
#include "proxy/http/block_page.h"
#include "proxy/refusal_words.h"
#include "proxy/request_record.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// Reading the clock twice takes as long as a decision.
constexpr std::uint64_t kDecisionsPerTiming = 16;

}  // namespace

Judging::Judging(Worker& worker, const Arrival& arrival, Event event)
    : worker_(worker),
      client_(arrival.client),
      attempt_(worker.recorder(), event, arrival.listener, arrival.client, worker.now()) {
  attempt_.record().policy = worker.policy_hash();
}

void Judging::set_target(const Authority& target) {
  target_ = target;
  attempt_.set_host(target.host, target.port);
}

bool Judging::is_own_target() const {
  return target_->host.is_literal() && worker_.is_own(target_->host.address().judged());
}

void Judging::begin_connect() {
  facts_ = std::make_unique<Facts>(
      facts_of_connect(worker_.snapshot(), client_, *target_, worker_.now(), is_own_target()));
}

void Judging::begin_exchange(const RequestHead& head, const AwsHost* aws) {
  asked_ = &head;
  aws_ = aws;
  RequestFacts request = request_facts(head);
  if (aws_ != nullptr) {
    AwsReading reading = read_aws(*aws_, head, {});
    attempt_.record().aws = reading.facts;
    protocol_ = reading.protocol;
    request.aws = std::move(reading.facts);
  }
  facts_ = std::make_unique<Facts>(facts_of_exchange(worker_.snapshot(), client_, *target_,
                                                     attempt_.record().time, is_own_target(),
                                                     std::move(request)));
}

void Judging::learn_body(const JudgedBody& body) {
  AwsReading reading = read_aws(*aws_, *asked_, body);
  attempt_.record().aws = reading.facts;
  add_body(*facts_, std::move(reading.facts));
}

void Judging::keep_facts_current() {
  if (!facts_ || facts_->snapshot_number == worker_.snapshot().number) return;
  renew(*facts_, worker_.snapshot(), worker_.now());
  attempt_.record().policy = worker_.policy_hash();
}

Answer Judging::ask() {
  const Snapshot& snapshot = worker_.snapshot();
  keep_facts_current();
  // A rule may have ended while a fact was fetched. To the microsecond: live tunnels are judged at
  // the instant of an `until`, and none that it forbids may open behind that.
  facts_->time = worker_.now();
  const bool is_timed = worker_.next_decision() % kDecisionsPerTiming == 0;
  const auto began = is_timed ? steady_clock::now() : steady_clock::time_point();
  answer_ = decide(snapshot, *facts_);
  answered_under_ = snapshot.number;
  if (is_timed) worker_.counters().decision_seconds.observe(steady_clock::now() - began);
  keep_lifted(*facts_, snapshot, answer_);
  return answer_;
}

Answer Judging::ask_again() {
  // What monitor mode lifted is a fact since then.
  const bool holds = answered_under_ == worker_.snapshot().number && !facts_->some_rule_ends &&
                     !answer_.would_block;
  return holds ? answer_ : ask();
}

task<Resolution::Outcome> Judging::learn_address() {
  for (;;) {
    const Host host = host_to_dial(*facts_);
    if (host.is_literal()) {
      begin_address(*facts_);
      add_address(*facts_, host.address(), worker_.is_own(host.address().judged()));
      co_return Resolution::Outcome::ok;
    }
    Resolution asked;
    const Resolution* known = worker_.resolver().cached(host.text());
    if (known == nullptr) {
      asked = co_await worker_.resolver().resolve(host.text(), client_);
      known = &asked;
      keep_facts_current();
      if (!(host_to_dial(*facts_) == host)) continue;  // a reload gave it another route
    }
    const Resolution& resolved = *known;  // of the resolver: valid until the next wait
    if (resolved.outcome == Resolution::Outcome::ok) {
      begin_address(*facts_);
      facts_->address->resolved.reserve(resolved.addresses.size());
      for (const IpAddress& each : resolved.addresses) {
        add_address(*facts_, each, worker_.is_own(each.judged()));
      }
    }
    co_return resolved.outcome;
  }
}

void Judging::record_verdict(const Verdict& verdict, Decision decision) {
  const Snapshot& snapshot = worker_.snapshot();
  keep_facts_current();
  attempt_.set_decision(decision, verdict.reason, snapshot.rule_name(verdict.rule), verdict.after);
  const bool is_told_by_host = decision == Decision::block && facts_ && facts_->host_shows &&
                               attempt_.record().aws == nullptr;
  if (is_told_by_host) attempt_.record().aws = facts_->host_shows;
  if (facts_ && facts_->client_index) {
    attempt_.record().client_name = snapshot.clients[*facts_->client_index].name;
  }
}

void Judging::finish(std::uint16_t status) {
  attempt_.record().status = status;
  attempt_.finish();
}

void Judging::tell_as_service(const RequestHead& head, const AwsHost& aws) {
  asked_ = &head;
  aws_ = &aws;
  protocol_ = read_aws(*aws_, head, {}).protocol;
  is_told_by_aws_always_ = true;
}

bool Judging::is_told_by_aws() const {
  return aws_ != nullptr && (is_told_by_aws_always_ || is_of_aws_sdk(*asked_));
}

Refusal Judging::refusal_for(Reason reason, std::string_view hint) {
  Refusal words;
  words.reason = reason;
  if (asked_ != nullptr) {
    words.is_exchange = true;
    words.is_head_method = asked_->method == "HEAD";
    words.version = asked_->version;
    // What broke down is no answer of the service's.
    if (is_block(reason) && is_told_by_aws()) {
      words.format = format_of(protocol_, *aws_);
      id_ = attempt_.id().text();
    } else {
      words.format = accepted_format(asked_->fields);
    }
  }
  words.id = id_;
  words.time = worker_.now();
  words.target = target();
  words.rule = attempt_.record().rule;
  words.hint = hint;
  words.contact = worker_.snapshot().contact;
  if (info(reason).status == 503) words.retry_after = std::chrono::seconds(1);
  return words;
}

}  // namespace sallyport

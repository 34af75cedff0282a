// One attempt while it is judged: its record, its facts, and the questions that are put to the
// policy (DESIGN.md, One loop). A CONNECT has one, and each request of a connection has its own.
// On its worker's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/attempt.h"
#include "policy/aws/endpoint.h"
#include "policy/aws/request/aws_request.h"
#include "policy/values/authority.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"
#include "proxy/http/reply.h"
#include "proxy/http/request_head.h"
#include "proxy/resolution.h"
#include "proxy/task.h"

namespace sallyport {

class Worker;

/// Where a connection came from.
struct Arrival {
  std::uint16_t listener = 0;
  IpAddress client;
};

class Judging {
 public:
  Judging(Worker& worker, const Arrival& arrival, Event event);
  Judging(const Judging&) = delete;
  Judging& operator=(const Judging&) = delete;

  Attempt& attempt() { return attempt_; }
  const Attempt& attempt() const { return attempt_; }
  AttemptRecord& record() { return attempt_.record(); }

  /// What is asked for; told in records and replies.
  void set_target(const Authority& target);
  const Authority* target() const { return target_ ? &*target_ : nullptr; }

  bool has_facts() const { return facts_ != nullptr; }
  /// REQUIRES: begin_connect() or begin_exchange().
  Facts& facts() { return *facts_; }
  const Facts& facts() const { return *facts_; }
  /// Moves the facts out, to a tunnel that lives on.
  std::unique_ptr<Facts> take_facts() { return std::move(facts_); }

  /// The facts of a CONNECT to the target. REQUIRES: set_target().
  void begin_connect();
  /// The facts of a request to it; `aws`: what the host is there, or null. Refusals are told as the
  /// request asks for it: to an SDK of AWS as its service would. REQUIRES: set_target(); both stay
  /// where they are while anything is asked or told of the attempt.
  void begin_exchange(const RequestHead& head, const AwsHost* aws);
  /// Adds what the request's body shows, as far as it is known. REQUIRES: begin_exchange(), by a
  /// request to an AWS host.
  void learn_body(const JudgedBody& body);

  /// Puts the facts at hand to the policy, under the snapshot of now.
  Answer ask();
  /// After a wait, in which no fact came: what ask() said last, or anew where a reload or a rule's
  /// end may have changed it.
  Answer ask_again();
  /// After every wait, before facts and snapshot are used together: a reload may have come, and the
  /// facts' numbers of rules and clients belong to the snapshot that they were made for.
  void keep_facts_current();

  /// Adds the addresses of the host, or says why there are none.
  task<Resolution::Outcome> learn_address();

  void record_verdict(const Verdict& verdict, Decision decision);
  /// Hands the record on with that status.
  void finish(std::uint16_t status);

  /// Refusals answer this request, as its service would tell them whoever asks. REQUIRES: as of
  /// begin_exchange().
  void tell_as_service(const RequestHead& head, const AwsHost& aws);
  /// What a refusal of this attempt says. Borrows from the attempt and the worker's snapshot.
  Refusal refusal_for(Reason reason, std::string_view hint);

 private:
  bool is_own_target() const;
  /// Refusals that block are told as the AWS service that the target is would tell them.
  bool is_told_by_aws() const;

  Worker& worker_;
  const IpAddress client_;
  Attempt attempt_;
  std::optional<Authority> target_;
  std::unique_ptr<Facts> facts_;
  Answer answer_;                       ///< of the last ask()
  std::uint64_t answered_under_ = 0;    ///< the snapshot's number
  const RequestHead* asked_ = nullptr;  ///< the request that refusals answer
  const AwsHost* aws_ = nullptr;        ///< what its target is, where it is one of AWS
  bool is_told_by_aws_always_ = false;
  AwsProtocol protocol_ = AwsProtocol::json_1_1;  ///< of the request to an AWS host
  std::string id_;                                ///< of the attempt, where it is told
};

}  // namespace sallyport

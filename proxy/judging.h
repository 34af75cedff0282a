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
  /// The facts of a request to it. REQUIRES: tell_as().
  void begin_exchange(const RequestHead& head);
  /// Adds what the request's body shows, as far as it is known. REQUIRES: begin_exchange(), by a
  /// request to an AWS host.
  void learn_body(const RequestHead& head, const JudgedBody& body);

  /// Puts the facts at hand to the policy, under the snapshot of now.
  Answer ask();
  /// After every wait, before facts and snapshot are used together: a reload may have come, and the
  /// facts' numbers of rules and clients belong to the snapshot that they were made for.
  void keep_facts_current();

  /// Adds the addresses of the host, or says why there are none.
  task<Resolution::Outcome> learn_address();

  void record_verdict(const Verdict& verdict, Decision decision);
  /// Hands the record on with that status.
  void finish(std::uint16_t status);

  /// Refusals are told as this request asks for it: to an SDK of AWS as its service would.
  /// REQUIRES: set_target(), once.
  void tell_as(const RequestHead& head);
  /// The same, as the AWS service would whoever asks. REQUIRES: the target is one's host.
  void tell_as_service(const RequestHead& head);
  /// What a refusal of this attempt says. Borrows from the attempt and the worker's snapshot.
  Refusal refusal_for(Reason reason, std::string_view hint) const;

 private:
  bool is_own_target() const;
  /// As the AWS service that the target is, in that protocol.
  void tell_by(AwsProtocol protocol);
  void record_aws(const AwsFacts& facts);

  Worker& worker_;
  const IpAddress client_;
  Attempt attempt_;
  std::optional<Authority> target_;
  std::optional<AwsHost> aws_;  ///< what the target is, known since tell_as(); views its host
  std::unique_ptr<Facts> facts_;
  Refusal telling_;  ///< how, not what
  std::optional<ReplyFormat> telling_aws_;
  std::string id_;  ///< of the attempt, where it is told
};

}  // namespace sallyport

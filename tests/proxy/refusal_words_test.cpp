#include "proxy/refusal_words.h"

#include <cerrno>

#include <doctest/doctest.h>

#include "policy/facts_of.h"
#include "tests/proxy/running_worker.h"

namespace sallyport {
namespace {

TEST_CASE("a refusal says what would help") {
  struct Row {
    const char* host;
    const char* address;  ///< what it resolved to; null: not known yet
    Reason reason;
    const char* hint;
  };
  constexpr auto kNoProxy = "Not through the gate: this address belongs in NO_PROXY.";
  const Row rows[] = {
      {"169.254.169.254", nullptr, Reason::destination_forbidden, kNoProxy},
      {"169.254.170.2", nullptr, Reason::destination_forbidden, kNoProxy},
      {"127.0.0.1", nullptr, Reason::destination_forbidden, kNoProxy},
      {"[::1]", nullptr, Reason::destination_forbidden, kNoProxy},
      {"metadata.example.org", "169.254.169.254", Reason::destination_forbidden, kNoProxy},
      {"10.0.0.1", nullptr, Reason::destination_forbidden, ""},
      {"intra.example.org", "10.0.0.1", Reason::destination_forbidden, ""},
      {"localhost", nullptr, Reason::host_not_allowed, kNoProxy},
      {"wiki", nullptr, Reason::host_not_allowed, "Names of your own network belong in no_proxy."},
      {"evil.example.org", nullptr, Reason::host_not_allowed,
       "Ask for a rule that allows this host."},
      {"docs.example.org", nullptr, Reason::method_not_allowed,
       "Ask for this method in the rule for this host."},
      {"docs.example.org", nullptr, Reason::scheme_not_allowed,
       "Use https, or ask for `schemes: [http]` in the rule for this host."},
      {"wiki", nullptr, Reason::denied_by_rule, ""},  // meant so: asking does not help
      {"docs.example.org", nullptr, Reason::sni_mismatch, ""},
  };
  const SnapshotPtr snapshot = test::snapshot_of(test::kDocsPolicy);
  for (const Row& row : rows) {
    CAPTURE(row.host);
    Facts facts = facts_of_connect(*snapshot, IpAddress::v4({10, 1, 1, 1}),
                                   {*Host::parse(row.host), 443}, TimePoint{}, false);
    if (row.address != nullptr) {
      facts.address.emplace().resolved.push_back({*IpAddress::parse(row.address), false});
    }
    CHECK(hint_for(*snapshot, facts, row.reason) == row.hint);
  }
}

TEST_CASE("a refused AWS request is told what of it was refused") {
  RequestFacts request;
  AwsFacts aws;
  aws.principal_accounts.values = {"999999999999"};
  aws.resource_accounts.values = {"888888888888"};
  aws.referenced_accounts.values = {"777777777777"};
  aws.actions.values = {"s3:DeleteBucket"};
  aws.buckets.values = {"a", "b", "c", "d", "e", "f"};
  aws.signatures.values = {"sigv2"};
  request.aws = std::make_shared<const AwsFacts>(std::move(aws));
  const SnapshotPtr snapshot = test::snapshot_of(test::kDocsPolicy);
  const Facts facts = facts_of_exchange(*snapshot, IpAddress::v4({10, 1, 1, 1}),
                                        {*Host::parse("s3.us-east-1.amazonaws.com"), 443},
                                        TimePoint{}, false, std::move(request));
  struct Row {
    Reason reason;
    const char* hint;
  };
  const Row rows[] = {
      {Reason::principal_account_not_allowed, "It is signed by account 999999999999."},
      {Reason::resource_account_not_allowed,
       "It acts on account 888888888888. It refers to account 777777777777."},
      {Reason::action_not_allowed, "Its action: s3:DeleteBucket."},
      {Reason::resource_not_allowed, "Its bucket: a, b, c, d, e, and more."},
      {Reason::signature_not_allowed,
       "Its credential: sigv2. Sign with SigV4 (boto3: Config(signature_version='s3v4')), or ask "
       "for this kind of credential in `signatures`."},
      {Reason::body_not_judgeable,
       "Send a smaller body, without a content coding, in the service's own format."},
  };
  for (const Row& row : rows) CHECK(hint_for(*snapshot, facts, row.reason) == row.hint);
}

TEST_CASE("a refused AWS request is told that what it names could not be read") {
  const auto hint = [](AwsFacts aws) {
    RequestFacts request;
    request.aws = std::make_shared<const AwsFacts>(std::move(aws));
    const SnapshotPtr snapshot = test::snapshot_of(test::kDocsPolicy);
    const Facts facts = facts_of_exchange(*snapshot, IpAddress::v4({10, 1, 1, 1}),
                                          {*Host::parse("sqs.us-east-1.amazonaws.com"), 443},
                                          TimePoint{}, false, std::move(request));
    return hint_for(*snapshot, facts, Reason::resource_account_not_allowed);
  };
  constexpr auto kUntold = ShownValues::State::untold;
  CHECK(hint({.resource_accounts = {kUntold, {}}}) == "Which operation it is cannot be told.");
  CHECK(hint({.resource_accounts = {kUntold, {"111122223333"}}, .operation = "SendMessage"}) ==
        "It names something by a path or a value that cannot be read as a resource of AWS. "
        "It acts on account 111122223333.");
}

TEST_CASE("faults are told apart, each by one full sentence") {
  using Outcome = Resolution::Outcome;
  CHECK(words_for(Outcome::ok).empty());
  std::string all;
  for (const Outcome outcome : {Outcome::no_such_name, Outcome::no_address, Outcome::failed,
                                Outcome::timed_out, Outcome::overloaded}) {
    const std::string words(words_for(outcome));
    CHECK(words.ends_with('.'));
    CHECK(all.find(words) == std::string::npos);
    all += words;
  }
  for (const int error : {ECONNREFUSED, ENETUNREACH, EADDRNOTAVAIL, EMFILE, EIO}) {
    const std::string words(words_for_connect_error(error));
    CHECK(words.ends_with('.'));
    CHECK(all.find(words) == std::string::npos);
    all += words;
  }
  CHECK(words_for_connect_error(ENETUNREACH) == words_for_connect_error(EHOSTUNREACH));
  CHECK(words_for_connect_error(EMFILE) == words_for_connect_error(ENFILE));
}

TEST_CASE("the operator is told which client needs another proxy URL") {
  CHECK(foreign_protocol_line(IpAddress::v4({10, 0, 0, 1}), ForeignProtocol::tls) ==
        "client 10.0.0.1 speaks TLS to the http listener; its proxy URL must begin with http://");
  CHECK(foreign_protocol_line(*IpAddress::parse("fd00::1"), ForeignProtocol::socks) ==
        "client fd00::1 speaks SOCKS to the http listener; its proxy URL must begin with http://");
}

}  // namespace
}  // namespace sallyport

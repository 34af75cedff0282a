#include "tests/policy/decide_oracle.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/decide.h"
#include "policy/dial_choice.h"
#include "tests/policy/decide_cases.h"

namespace sallyport {
namespace {

constexpr int kPolicies = 10'000;
constexpr int kAttemptsEach = 10;

/// The same decision for the same reason by the same rule; `after` is a matter of the loop.
bool agree(const Answer& a, const Answer& b) {
  if (a.kind != b.kind || a.would_block != b.would_block) return false;
  if (a.kind == Answer::Kind::need && a.need != b.need) return false;
  const bool has_verdict = a.kind != Answer::Kind::need || a.would_block;
  return !has_verdict || (a.verdict.reason == b.verdict.reason && a.verdict.rule == b.verdict.rule);
}

/// Random bytes, which become choices; the same in every run.
std::vector<std::uint8_t> random_bytes(std::mt19937& random, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// What is known before anything was fetched.
Facts at_first(const Facts& all) {
  Facts facts = all;
  facts.address.reset();
  facts.first_bytes.reset();
  facts.body_is_known = false;
  facts.contradiction.reset();
  return facts;
}

bool is_at_hand(const Facts& facts, Stage fact) {
  switch (fact) {
    case Stage::address:
      return facts.address.has_value();
    case Stage::first_bytes:
      return facts.first_bytes || facts.kind == Facts::Kind::exchange;
    case Stage::request:
      return facts.request != nullptr;
    case Stage::body:
      return facts.body_is_known;
    case Stage::connect:
      break;
  }
  return true;
}

/// Adds the fact, as the gate would: the first bytes come from a connection that was dialled.
void learn(Facts& facts, const Facts& all, Stage fact, const Snapshot& snapshot) {
  if (fact == Stage::address) facts.address = all.address;
  if (fact == Stage::first_bytes) {
    const auto order = dial_order(snapshot, facts);
    if (!order.empty()) facts.address->dialled = order.front();
    facts.first_bytes = all.first_bytes;
  }
  if (fact == Stage::body) facts.body_is_known = true;
}

/// A policy and an attempt, for the message of a test that fails.
struct Seed {
  int policy = 0;
  int attempt = 0;
};

/// The loop of a session, each answer held against the oracle. Returns the last.
Answer run_loop(const Snapshot& snapshot, const Facts& all, Facts& facts, Stage& learnt) {
  facts = at_first(all);
  learnt = facts.request ? Stage::request : Stage::connect;
  for (;;) {
    const Answer answer = decide(snapshot, facts);
    const Answer expected = oracle::answer(snapshot, facts);
    REQUIRE_MESSAGE(agree(answer, expected),
                    said(snapshot, answer) << " but the oracle: " << said(snapshot, expected));
    if (answer.kind != Answer::Kind::need || answer.need == Stage::request) return answer;
    REQUIRE(!is_at_hand(facts, answer.need));
    if (answer.would_block && !facts.lifted) facts.lifted = answer.verdict;
    learn(facts, all, answer.need, snapshot);
    learnt = answer.need;
  }
}

template <class Ask>
void for_each_attempt(Ask ask) {
  std::mt19937 random(20260727);
  for (Seed seed; seed.policy < kPolicies; ++seed.policy) {
    const auto policy_bytes = random_bytes(random, 120);
    Choices policy_choices(policy_bytes);
    const PolicyBuilder policy = some_policy(policy_choices);
    const Snapshot snapshot = policy.build();
    for (seed.attempt = 0; seed.attempt < kAttemptsEach; ++seed.attempt) {
      const auto bytes = random_bytes(random, 60);
      Choices choices(bytes);
      CAPTURE(seed.policy);
      CAPTURE(seed.attempt);
      ask(snapshot, some_facts(choices, snapshot));
    }
  }
}

}  // namespace

TEST_CASE("decide answers as the slow oracle does, for any facts at hand") {
  int allows = 0;
  int blocks = 0;
  int needs = 0;
  for_each_attempt([&](const Snapshot& snapshot, const Facts& all) {
    Facts facts = all;
    if ((allows + blocks + needs) % 3 == 0) facts.first_bytes.reset();
    if ((allows + blocks + needs) % 7 < 2) facts.address.reset();
    const Answer answer = decide(snapshot, facts);
    const Answer expected = oracle::answer(snapshot, facts);
    REQUIRE_MESSAGE(agree(answer, expected),
                    said(snapshot, answer) << " but the oracle: " << said(snapshot, expected));
    allows += answer.is_allow() ? 1 : 0;
    blocks += answer.is_block() ? 1 : 0;
    needs += answer.kind == Answer::Kind::need ? 1 : 0;
  });
  // The policies are such that each answer is common.
  CHECK(allows > 5'000);
  CHECK(blocks > 5'000);
  CHECK(needs > 5'000);
}

TEST_CASE("the loop ends as the oracle says, asks for nothing at hand, and names the last fact") {
  for_each_attempt([](const Snapshot& snapshot, const Facts& all) {
    Facts facts = all;
    Stage learnt{};
    const Answer answer = run_loop(snapshot, all, facts, learnt);
    if (answer.is_block()) {
      const bool is_of_address = answer.verdict.reason == Reason::network_not_allowed ||
                                 answer.verdict.reason == Reason::destination_forbidden;
      const bool is_by_address = is_of_address && facts.address.has_value();
      const Stage ended_by = is_by_address ? Stage::address : learnt;
      CHECK_MESSAGE(answer.verdict.after == ended_by, said(snapshot, answer));
    }
    if (answer.is_allow() && facts.lifted) {
      CHECK_MESSAGE(answer.verdict.after == facts.lifted->after, said(snapshot, answer));
      CHECK(answer.would_block);
    }
  });
}

TEST_CASE("no further fact makes an allow of a block that monitor did not lift") {
  for_each_attempt([](const Snapshot& snapshot, const Facts& all) {
    Facts facts = at_first(all);
    bool is_blocked = false;
    const auto look = [&] {
      const Answer answer = decide(snapshot, facts);
      if (is_blocked) REQUIRE_MESSAGE(answer.is_block(), said(snapshot, answer));
      is_blocked = answer.is_block();
    };
    look();
    learn(facts, all, Stage::address, snapshot);
    look();
    const bool is_connect = facts.kind == Facts::Kind::connect;
    learn(facts, all, is_connect ? Stage::first_bytes : Stage::body, snapshot);
    look();
    facts.contradiction = Reason::malformed_request;
    CHECK(decide(snapshot, facts).is_block());
  });
}

TEST_CASE("the order of the rules never changes what is decided") {
  std::mt19937 random(7);
  for (int i = 0; i < kPolicies; ++i) {
    CAPTURE(i);
    const auto policy_bytes = random_bytes(random, 120);
    Choices policy_choices(policy_bytes);
    const PolicyBuilder policy = some_policy(policy_choices);
    const Snapshot straight = policy.build();
    const Snapshot reversed = policy.reversed().build();
    const auto bytes = random_bytes(random, 60);
    Choices choices(bytes);
    Choices same_choices(bytes);
    const Answer a = decide(straight, some_facts(choices, straight));
    const Answer b = decide(reversed, some_facts(same_choices, reversed));
    CHECK(a.kind == b.kind);
    CHECK(a.need == b.need);
    CHECK(a.would_block == b.would_block);
  }
}

}  // namespace sallyport

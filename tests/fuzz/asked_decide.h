// Asks decide() of attempts and compares each answer with the slow oracle that was written from
// SEMANTICS.md alone (tests/policy/decide_oracle.h): the same decision for the same reason by the
// same rule, at each step of a session's loop; no fact asked for twice, no allow behind a block,
// nothing allocated. Replaces the global operator new (counted_memory.h).
#pragma once

#include "policy/decide.h"
#include "policy/dial_choice.h"
#include "tests/fuzz/counted_memory.h"
#include "tests/fuzz/require.h"
#include "tests/policy/decide_oracle.h"

namespace sallyport::fuzz {

/// The answer, which the oracle gives too.
inline Answer ask(const Snapshot& snapshot, const Facts& facts) {
  const std::size_t before = memory.allocations;
  const Answer answer = decide(snapshot, facts);
  require(memory.allocations == before, "decide allocates nothing");
  const Answer expected = oracle::answer(snapshot, facts);
  const bool has_verdict = answer.kind != Answer::Kind::need || answer.would_block;
  require(!(answer.is_allow() && expected.is_block()), "nothing is allowed that should be blocked");
  require(answer.kind == expected.kind, "the same decision");
  require(answer.kind != Answer::Kind::need || answer.need == expected.need, "the same need");
  require(answer.would_block == expected.would_block, "monitor lifts the same");
  require(!has_verdict || answer.verdict.reason == expected.verdict.reason, "the same reason");
  require(!has_verdict || answer.verdict.rule == expected.verdict.rule, "the same rule");
  return answer;
}

/// The loop of a session over facts that are all there to be fetched.
inline void run_loop(const Snapshot& snapshot, const Facts& all) {
  Facts facts = all;
  facts.address.reset();
  facts.first_bytes.reset();
  facts.body_is_known = false;
  for (;;) {
    const Answer answer = ask(snapshot, facts);
    if (answer.kind != Answer::Kind::need || answer.need == Stage::request) return;
    if (answer.would_block && !facts.lifted) facts.lifted = answer.verdict;
    if (answer.need == Stage::address) {
      require(!facts.address, "the address is asked for once");
      facts.address = all.address;
    } else if (answer.need == Stage::first_bytes) {
      require(!facts.first_bytes && facts.kind == Facts::Kind::connect, "the first bytes once");
      const auto order = dial_order(snapshot, facts);
      if (!order.empty()) facts.address->dialled = order.front();
      facts.first_bytes = all.first_bytes;
    } else {
      require(answer.need == Stage::body && !facts.body_is_known, "the body is asked for once");
      facts.body_is_known = true;
    }
  }
}

/// A block that monitor did not lift stands, whatever becomes known.
inline void add_all(const Snapshot& snapshot, const Facts& all) {
  Facts facts = all;
  facts.address.reset();
  facts.first_bytes.reset();
  facts.contradiction.reset();
  bool is_blocked = ask(snapshot, facts).is_block();
  facts.address = all.address;
  const Answer with_address = ask(snapshot, facts);
  require(!is_blocked || with_address.is_block(), "no address makes an allow of a block");
  is_blocked = with_address.is_block();
  facts.first_bytes = all.first_bytes;
  facts.contradiction = all.contradiction;
  require(!is_blocked || ask(snapshot, facts).is_block(), "no first bytes do");
}

/// All of these.
inline void ask_every_way(const Snapshot& snapshot, const Facts& all) {
  ask(snapshot, all);
  run_loop(snapshot, all);
  add_all(snapshot, all);
}

}  // namespace sallyport::fuzz

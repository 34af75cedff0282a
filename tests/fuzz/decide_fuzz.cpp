// decide() against the slow oracle that was written from SEMANTICS.md alone, over small policies
// and attempts made of the input's bytes: the same decision for the same reason by the same rule,
// at each step of a session's loop; no fact asked for twice, no allow behind a block, nothing
// allocated.
//
// One byte is one choice of tests/policy/decide_cases.h: first the policy, then attempts.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <span>

#include "policy/decide.h"
#include "policy/dial_choice.h"
#include "tests/policy/decide_cases.h"
#include "tests/policy/decide_oracle.h"

using namespace sallyport;

namespace {

std::size_t allocations = 0;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

Answer ask(const Snapshot& snapshot, const Facts& facts) {
  const std::size_t before = allocations;
  const Answer answer = decide(snapshot, facts);
  require(allocations == before, "decide allocates nothing");
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
void run_loop(const Snapshot& snapshot, const Facts& all) {
  Facts facts = all;
  facts.address.reset();
  facts.first_bytes.reset();
  facts.body_was_read = false;
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
      require(answer.need == Stage::body && !facts.body_was_read, "the body is asked for once");
      facts.body_was_read = true;
    }
  }
}

/// A block that monitor did not lift stands, whatever becomes known.
void add_all(const Snapshot& snapshot, const Facts& all) {
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

}  // namespace

// The count of allocations. Each form is replaced, so that ASan finds new and delete to be a pair.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size != 0 ? size : 1);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(std::span(data, size));
  const Snapshot snapshot = some_policy(choices).build();
  do {
    const Facts all = some_facts(choices, snapshot);
    ask(snapshot, all);
    run_loop(snapshot, all);
    add_all(snapshot, all);
  } while (!choices.is_used_up());
  return 0;
}

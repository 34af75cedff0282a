// decide() against its slow oracle, over small policies and attempts made of the input's bytes
// (asked_decide.h).
//
// One byte is one choice of tests/policy/decide_cases.h: first the policy, then attempts.
#include <cstdint>
#include <span>

#include "tests/fuzz/asked_decide.h"
#include "tests/policy/decide_cases.h"

using namespace sallyport;

namespace {

/// Of one input. A fuzzer learns more from many short inputs than from long ones, of which each
/// choice counts for little: its own book-keeping then takes longer than the attempts do.
constexpr int kAttemptsMax = 4;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(std::span(data, size));
  const Snapshot snapshot = some_policy(choices).build();
  for (int i = 0; i < kAttemptsMax && (i == 0 || !choices.is_used_up()); ++i) {
    fuzz::ask_every_way(snapshot, some_facts(choices, snapshot));
  }
  return 0;
}

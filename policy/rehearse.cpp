#include "policy/rehearse.h"

#include "policy/decide.h"
#include "policy/dial_choice.h"
#include "policy/facts_of.h"

namespace sallyport {
namespace {

void add_given_address(Facts& facts, const GivenAttempt& given) {
  begin_address(facts);
  const Host& host = host_to_dial(facts);
  if (host.is_literal()) {
    add_address(facts, host.address(), facts.host_is_own_address);
  } else if (given.addresses) {
    for (const IpAddress& each : *given.addresses) add_address(facts, each, false);
  } else {
    facts.address->is_assumed = true;
  }
}

/// The first bytes are read once the origin is dialled; here the first address answers.
void dial(const Snapshot& snapshot, Facts& facts) {
  const auto order = dial_order(snapshot, facts);
  if (!order.empty()) facts.address->dialled = order.front();
}

void add_given_first_bytes(Facts& facts, const GivenAttempt& given) {
  if (given.first_bytes != FirstBytes::Kind::tls) {
    add_first_bytes(facts, given.first_bytes);
    return;
  }
  HelloWords hello;
  if (given.sni) {
    if (!given.sni->empty()) hello.server_name = *given.sni;
  } else if (!facts.host.is_literal()) {
    hello.server_name = facts.host.text();
  }
  add_hello(facts, hello);
}

Facts facts_of_given(const Snapshot& snapshot, const GivenAttempt& given) {
  if (!given.request) {
    return facts_of_connect(snapshot, given.client, given.target, given.time, false);
  }
  return facts_of_exchange(snapshot, given.client, given.target, given.time, false, *given.request);
}

}  // namespace

Rehearsal rehearse(const Snapshot& snapshot, const GivenAttempt& given) {
  Facts facts = facts_of_given(snapshot, given);
  for (;;) {
    const Answer answer = decide(snapshot, facts);
    if (answer.kind != Answer::Kind::need) return {std::move(facts), answer};
    keep_lifted(facts, snapshot, answer);
    switch (answer.need) {
      case Stage::address:
        add_given_address(facts, given);
        break;
      case Stage::first_bytes:
        dial(snapshot, facts);
        add_given_first_bytes(facts, given);
        break;
      case Stage::body:
        add_body(facts, given.with_body);
        break;
      case Stage::connect:
      case Stage::request:
        return {std::move(facts), answer};
    }
  }
}

}  // namespace sallyport

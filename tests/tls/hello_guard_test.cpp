#include "tls/hello_guard.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/tls/hello_builder.h"
#include "tests/tls/recorded_hellos.h"

namespace sallyport::test {
namespace {

using Verdict = HelloGuard::Verdict;

enum class Who { client, origin };

// Somebody sends something.
struct Step {
  Who who;
  Bytes bytes;
};

// Two pumps as the flow in hello_guard.h has them, without sockets.
struct Tunnel {
  explicit Tunnel(std::optional<Host> expected) : guard(std::move(expected)) {}

  void send(const Step& step, std::size_t size) {
    for (ByteSpan left(step.bytes); !left.empty() && verdict == Verdict::proceed;) {
      const ByteSpan chunk = left.first(std::min(size, left.size()));
      left = left.subspan(chunk.size());
      if (step.who == Who::client) {
        const auto passage = guard.on_client(chunk);
        verdict = passage.verdict;
        REQUIRE(passage.pass <= chunk.size());
        REQUIRE((verdict == Verdict::proceed || passage.pass == 0));
        passed.insert(passed.end(), chunk.begin(),
                      chunk.begin() + static_cast<std::ptrdiff_t>(passage.pass));
      } else {
        verdict = guard.on_origin(chunk);
      }
      const auto released = guard.take_released();
      if (verdict != Verdict::proceed) REQUIRE(released.empty());
      passed.insert(passed.end(), released.begin(), released.end());
    }
  }

  HelloGuard guard;
  Verdict verdict = Verdict::proceed;
  Bytes passed;  ///< what the origin got
};

const char* text(Verdict verdict) {
  switch (verdict) {
    case Verdict::proceed:
      return "proceed";
    case Verdict::mismatch:
      return "mismatch";
    case Verdict::malformed:
      return "malformed";
  }
  return "?";
}

// The verdict after the steps; of a tunnel that goes on also `open` or `watched`, and how many
// bytes of the client passed out of all.
std::string outcome(const std::vector<Step>& steps, std::size_t size,
                    std::optional<Host> expected = Host::parse_name("a.example")) {
  Tunnel tunnel(std::move(expected));
  Bytes sent;
  for (const Step& step : steps) {
    tunnel.send(step, size);
    if (step.who == Who::client) sent = sent + step.bytes;
  }
  // What passes is what was sent, in its order.
  REQUIRE(tunnel.passed.size() <= sent.size());
  REQUIRE(std::equal(tunnel.passed.begin(), tunnel.passed.end(), sent.begin()));
  if (tunnel.verdict != Verdict::proceed) return text(tunnel.verdict);
  REQUIRE(tunnel.guard.is_holding() == (tunnel.passed.size() < sent.size()));
  return std::string(tunnel.guard.is_open() ? "open " : "watched ") +
         std::to_string(tunnel.passed.size()) + "/" + std::to_string(sent.size());
}

void check_rows(const std::vector<std::pair<std::vector<Step>, std::string>>& rows,
                const std::optional<Host>& expected = Host::parse_name("a.example")) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    INFO("row ", row);
    for (const std::size_t size : {100000, 1, 2, 3, 5, 6, 9, 50, 200}) {
      INFO("chunks of ", size);
      CHECK(outcome(rows[row].first, size, expected) == rows[row].second);
    }
  }
}

Step client(const Bytes& bytes) { return {Who::client, bytes}; }
Step origin(const Bytes& bytes) { return {Who::origin, bytes}; }

std::string all(const std::string& state, std::size_t size) {
  return state + " " + std::to_string(size) + "/" + std::to_string(size);
}
std::string none(std::size_t size) { return "watched 0/" + std::to_string(size); }

const Bytes kSame = hello_for("a.example");
const Bytes kEvil = hello_for("evil.example");
const Bytes kNameless = HelloBuilder{}.bytes();
const Bytes kRetry = server_hello(true);
const Bytes kAnswer = server_hello(false);
const Bytes kSpec = record(20, {1});
const Bytes kEarly = record(23, Bytes(500, 4));
/// A record that holds the beginning of a hello.
const Bytes kBegun = record(22, {1, 0, 0, 99, 3, 3});

TEST_CASE("a tunnel opens at the origin's first record, and all passes from then on") {
  check_rows({
      {{origin(kAnswer)}, "open 0/0"},
      {{origin(kAnswer), client(kSpec + kEarly)}, all("open", kSpec.size() + kEarly.size())},
      {{origin(kAnswer), client(kEvil)}, all("open", kEvil.size())},
      {{origin(from_hex(kServerHelloRecord))}, "open 0/0"},
      {{origin(record(21, {2, 40})), client(kEarly)}, all("open", kEarly.size())},
      {{origin(bytes_of("SSH-2.0-x\r\n")), client(bytes_of("SSH"))}, "open 3/3"},
      {{origin(bytes_of("HTTP/1.1 400 \r\n"))}, "open 0/0"},
      {{origin(record(21, {1, 112}))}, "watched 0/0"},
      {{origin(record(21, {1, 112}) + kAnswer)}, "open 0/0"},
  });
}

TEST_CASE("early data, change_cipher_spec and alerts pass before the origin answers") {
  check_rows({
      {{client(kSpec)}, all("watched", kSpec.size())},
      {{client(kEarly + kEarly)}, all("watched", 2 * kEarly.size())},
      {{client(kSpec + kEarly), origin(kAnswer)}, all("open", kSpec.size() + kEarly.size())},
      {{client(record(21, {2, 80}))}, "watched 7/7"},
      {{client(kSpec + kEarly + kSame)},
       "watched " + std::to_string(kSpec.size() + kEarly.size()) + "/" +
           std::to_string(kSpec.size() + kEarly.size() + kSame.size())},
      {{client(record(24, {1}))}, "malformed"},
      {{client(bytes_of("GET / HTTP/1.1\r\n"))}, "malformed"},
      {{client(from_hex("802e010301"))}, "malformed"},
  });
}

TEST_CASE("the hello that a HelloRetryRequest asks for must name the same host") {
  const Bytes split = records_of(HelloBuilder{}.with_name("a.example").message(), 9);
  const Bytes split_evil = records_of(HelloBuilder{}.with_name("evil.example").message(), 9);
  const Bytes half(kSame.begin(), kSame.begin() + 60);
  check_rows({
      {{origin(kRetry)}, "watched 0/0"},
      {{origin(kRetry), client(kSame)}, all("watched", kSame.size())},
      {{origin(kRetry), client(kSame), origin(kAnswer)}, all("open", kSame.size())},
      {{origin(kRetry), client(kSame), origin(kSpec + kAnswer), client(kSpec + kEarly)},
       all("open", kSame.size() + kSpec.size() + kEarly.size())},
      {{origin(kRetry + kSpec), client(kSame), origin(record(21, {2, 40}))},
       all("open", kSame.size())},
      {{origin(kRetry), client(kSpec + kSame + kEarly)},
       all("watched", kSpec.size() + kSame.size() + kEarly.size())},
      {{origin(kRetry), client(hello_for("A.Example."))}, all("watched", kSame.size() + 1)},
      {{origin(kRetry), client(split)}, all("watched", split.size())},
      {{origin(kSpec + kRetry), client(kEvil)}, "mismatch"},
      {{origin(kRetry), client(half)}, none(half.size())},
      {{origin(kRetry), client(kEvil)}, "mismatch"},
      {{origin(kRetry), client(kSpec + kEvil)}, "mismatch"},
      {{origin(kRetry), client(kSpec + kEarly + kEvil)}, "mismatch"},
      {{origin(kRetry), client(split_evil)}, "mismatch"},
      {{origin(kRetry), client(kNameless)}, "mismatch"},
      {{origin(kRetry), client(hello_for("a.example.b"))}, "mismatch"},
      {{origin(kRetry), client(hello_for("10.0.0.1"))}, "malformed"},
      {{origin(kRetry), client(hello_for("a..example"))}, "malformed"},
      {{origin(kRetry), client(record(22, handshake(11, {0})))}, "malformed"},
      {{origin(kRetry), client(record(22, {1, 0xff, 0xff, 0xff}))}, "malformed"},
      {{origin(kRetry), client(kBegun)}, none(kBegun.size())},
      {{origin(kRetry), client(kBegun + kSpec)}, "malformed"},
      {{origin(kRetry), client(kBegun + kEarly)}, "malformed"},
      {{origin(record(21, {1, 112}) + kRetry), client(kEvil)}, "mismatch"},
  });
}

TEST_CASE("every hello before the answer must name the same host, however many come") {
  const Bytes half(kSame.begin(), kSame.begin() + 60);
  const Bytes rest(kSame.begin() + 60, kSame.end());
  const Bytes half_evil(kEvil.begin(), kEvil.begin() + 60);
  const Bytes rest_evil(kEvil.begin() + 60, kEvil.end());
  const Bytes other = record(22, handshake(16, Bytes(40, 1)));
  const Bytes with_hello = record(22, handshake(16, {}) + HelloBuilder{}.message());
  const auto of = [](std::size_t passed, std::size_t sent) {
    return "watched " + std::to_string(passed) + "/" + std::to_string(sent);
  };
  check_rows({
      // Glued behind the second, or later, in front of the answer.
      {{origin(kRetry), client(kSame + kEvil)}, "mismatch"},
      {{origin(kRetry), client(kSame + kSame + kEvil)}, "mismatch"},
      {{origin(kRetry), client(kSame + kEarly + kEvil)}, "mismatch"},
      {{origin(kRetry), client(kSame + kSpec + kEvil)}, "mismatch"},
      {{origin(kRetry), client(kSame), client(kEvil)}, "mismatch"},
      {{origin(kRetry), client(kSame + kNameless)}, "mismatch"},
      {{origin(kRetry), client(kSame), client(half_evil), origin(kAnswer), client(rest_evil)},
       "mismatch"},
      {{origin(kRetry), client(kSame + record(22, {1, 0xff, 0xff, 0xff}))}, "malformed"},
      {{origin(kRetry), client(kSame + with_hello)}, "malformed"},
      // A third of the same name is held, as a second unasked one is.
      {{origin(kRetry), client(kSame + kSame)}, of(kSame.size(), 2 * kSame.size())},
      {{origin(kRetry), client(kSame + kSame), origin(kAnswer)}, all("open", 2 * kSame.size())},
      {{origin(kRetry), client(kSame + half)}, of(kSame.size(), kSame.size() + half.size())},
      {{origin(kRetry), client(kSame + half), origin(kAnswer)},
       of(kSame.size(), kSame.size() + half.size())},
      {{origin(kRetry), client(kSame + half), origin(kAnswer), client(rest)},
       all("open", 2 * kSame.size())},
      {{origin(kRetry), client(kSame + other)}, of(kSame.size(), kSame.size() + other.size())},
      {{origin(kRetry), client(kSame + other), origin(kAnswer)},
       all("open", kSame.size() + other.size())},
      // Unasked in front of the request: that one goes on with it, the next is watched.
      {{client(kSame), origin(kRetry)}, all("watched", kSame.size())},
      {{client(kSame), origin(kRetry), client(kEvil)}, "mismatch"},
      {{client(kSame + kSame), origin(kRetry), client(kEvil)}, "mismatch"},
      {{client(kSame + half_evil), origin(kRetry), client(rest_evil)}, "mismatch"},
      // An origin that asks again and again.
      {{origin(kRetry), client(kSame), origin(kRetry)}, all("watched", kSame.size())},
      {{origin(kRetry), client(kSame), origin(kRetry), client(kSame), origin(kAnswer)},
       all("open", 2 * kSame.size())},
      {{origin(kRetry), client(kSame), origin(kRetry), client(kEvil)}, "mismatch"},
      {{origin(kRetry), client(kSame + other), origin(kRetry)}, "malformed"},
      {{origin(kRetry), client(kSame + kSame), origin(kRetry), client(kEvil)}, "mismatch"},
      // One that answers without having waited for what it asked for.
      {{origin(kRetry + kAnswer), client(kEvil)}, "mismatch"},
      {{origin(kRetry + kAnswer), client(kSame)}, all("open", kSame.size())},
      {{origin(kRetry + kAnswer), client(other)}, "malformed"},
  });
}

TEST_CASE("a real exchange with HelloRetryRequest passes, and fails for another host") {
  const Bytes retry = from_hex(kHelloRetryRequest);
  const Bytes second = from_hex(kSecondHello);
  check_rows({{{origin(retry), client(second)}, all("watched", second.size())},
              {{origin(retry), client(second), origin(from_hex(kServerHelloRecord))},
               all("open", second.size())}},
             Host::parse_name("origin.example"));
  check_rows({{{origin(retry), client(second)}, "mismatch"}}, Host::parse_name("origin.exampl"));
}

TEST_CASE("not one byte of a second hello passes before it was checked whole") {
  const std::optional<Host> expected = Host::parse_name("a.example");
  for (const Bytes& second : {kSame, kEvil}) {
    Tunnel tunnel(expected);
    tunnel.send(origin(kRetry), 100000);
    tunnel.send(client(kSpec), 100000);
    for (std::size_t i = 0; i + 1 < second.size(); ++i) {
      tunnel.send(client({second[i]}), 1);
      REQUIRE(tunnel.verdict == Verdict::proceed);
      REQUIRE(tunnel.passed == kSpec);
      REQUIRE(tunnel.guard.is_holding());
    }
    tunnel.send(client({second.back()}), 1);
    CHECK(tunnel.passed == (second == kSame ? kSpec + kSame : kSpec));
    CHECK((tunnel.verdict == Verdict::proceed) == (second == kSame));
  }
}

TEST_CASE("a hello sent unasked is held, and must name the same host") {
  const Bytes half(kSame.begin(), kSame.begin() + 60);
  const Bytes rest(kSame.begin() + 60, kSame.end());
  const Bytes half_evil(kEvil.begin(), kEvil.begin() + 60);
  const Bytes rest_evil(kEvil.begin() + 60, kEvil.end());
  check_rows({
      {{client(kSame)}, none(kSame.size())},
      {{client(kSame + kEarly)}, none(kSame.size() + kEarly.size())},
      {{client(kSame + kEarly), origin(kAnswer)}, all("open", kSame.size() + kEarly.size())},
      {{client(kSame + kSame), origin(kAnswer)}, all("open", 2 * kSame.size())},
      {{client(kSame), origin(kRetry), client(kEarly)},
       all("watched", kSame.size() + kEarly.size())},
      {{client(kSame), origin(record(21, {2, 40}))}, all("open", kSame.size())},
      {{client(kEvil)}, "mismatch"},
      {{client(kSpec + kEarly + kEvil)}, "mismatch"},
      {{client(kSame + kEvil)}, "mismatch"},
      {{client(kNameless)}, "mismatch"},
      {{client(record(22, handshake(1, {3, 3})))}, "malformed"},
      // One that was begun before the answer is finished and checked, whatever the answer.
      {{client(half), origin(kAnswer)}, none(half.size())},
      {{client(half), origin(kAnswer), client(rest)}, all("open", kSame.size())},
      {{client(half_evil), origin(kAnswer), client(rest_evil)}, "mismatch"},
      {{client(half_evil), origin(record(21, {2, 40})), client(rest_evil)}, "mismatch"},
      {{client(half_evil), origin(bytes_of("SSH-")), client(rest_evil)}, "mismatch"},
      {{client(half_evil), origin(kRetry), client(rest_evil)}, "mismatch"},
      {{client(kBegun), origin(kAnswer), client(kSpec)}, "malformed"},
      {{client(kBegun + kSpec)}, "malformed"},
      {{client({22}), origin(kAnswer)}, none(1)},
  });
}

TEST_CASE("a second hello cut anywhere by the origin's answer is checked") {
  for (const Bytes& answer : {kAnswer, kRetry, record(21, {2, 40}), bytes_of("SSH-2.0-x")}) {
    for (const Bytes& hello : {kSame, kEvil}) {
      const std::string state = answer == kRetry ? "watched" : "open";
      const std::string expected = hello == kSame ? all(state, hello.size()) : "mismatch";
      for (std::size_t cut = 1; cut < hello.size(); ++cut) {
        const auto middle = hello.begin() + static_cast<std::ptrdiff_t>(cut);
        const std::vector<Step> steps = {client({hello.begin(), middle}), origin(answer),
                                         client({middle, hello.end()})};
        REQUIRE(outcome(steps, 100000) == expected);
      }
    }
  }
}

TEST_CASE("other handshake messages are held until the answer and pass then") {
  const Bytes other = record(22, handshake(16, Bytes(40, 1)));
  const Bytes two = record(22, handshake(16, Bytes(40, 1)) + handshake(15, Bytes(9, 1)));
  const Bytes begun = record(22, {16, 0, 0, 40, 1, 1});
  const Bytes with_hello = record(22, handshake(16, {}) + HelloBuilder{}.message());
  check_rows({
      {{client(other)}, none(other.size())},
      {{client(other), origin(kAnswer)}, all("open", other.size())},
      {{client(two + kSpec), origin(kAnswer)}, all("open", two.size() + kSpec.size())},
      {{client(begun), origin(kAnswer), client(kEvil)}, all("open", begun.size() + kEvil.size())},
      {{client(record(22, {})), origin(kAnswer)}, "open 5/5"},
      {{client(other + kSame), origin(kAnswer)}, all("open", other.size() + kSame.size())},
      {{client(other + kEvil)}, "mismatch"},
      {{client(two + kSpec + kEvil)}, "mismatch"},
      {{client(with_hello)}, "malformed"},
      {{client(begun + kSpec)}, "malformed"},
      {{client(other), origin(kRetry)}, "malformed"},
      {{client(other + kSame), origin(kRetry)}, "malformed"},
      {{client(kSame + other), origin(kRetry)}, all("watched", kSame.size() + other.size())},
  });
}

TEST_CASE("an answer amid a record's header opens at the first byte that is no hello's") {
  const Bytes with_hello = record(22, handshake(16, {}) + HelloBuilder{}.message());
  for (std::size_t cut = 1; cut <= 5; ++cut) {
    const auto middle = with_hello.begin() + static_cast<std::ptrdiff_t>(cut);
    check_rows({{{client({with_hello.begin(), middle}), origin(kAnswer),
                  client({middle, with_hello.end()})},
                 all("open", with_hello.size())}});
  }
}

TEST_CASE("after a hello without a name none may have one") {
  check_rows(
      {
          {{origin(kRetry), client(kNameless)}, all("watched", kNameless.size())},
          {{origin(kRetry), client(kNameless + kSame)}, "mismatch"},
          {{origin(kRetry), client(kSame)}, "mismatch"},
          {{origin(kRetry), client(hello_for("10.0.0.1"))}, "mismatch"},
          {{client(kSame)}, "mismatch"},
          {{client(kNameless), origin(kAnswer)}, all("open", kNameless.size())},
      },
      std::nullopt);
}

TEST_CASE("what is held is bounded") {
  const Bytes full = record(23, Bytes(16384, 1));
  const auto held = [&](int records) {
    Bytes bytes = kSame;
    for (int i = 0; i < records; ++i) bytes = bytes + full;
    return bytes;
  };
  static_assert(HelloGuard::kHeldBytesMax == 131072);
  for (const std::size_t size : {100, 16389, 1000000}) {
    CHECK(outcome({client(held(7))}, size) == none(held(7).size()));
    CHECK(outcome({client(held(7)), origin(kAnswer)}, size) == all("open", held(7).size()));
    CHECK(outcome({client(held(8))}, size) == "malformed");
  }
  // Early data in front of it is not held, hence not bounded.
  Bytes early;
  for (int i = 0; i < 20; ++i) early = early + full;
  CHECK(outcome({client(early), origin(kRetry), client(kSame), origin(kAnswer)}, 65536) ==
        all("open", early.size() + kSame.size()));
  // Behind each hello that was asked for the bound begins anew.
  CHECK(outcome({client(held(7)), origin(kRetry), client(held(7))}, 65536) ==
        "watched " + std::to_string(held(7).size()) + "/" + std::to_string(2 * held(7).size()));
  CHECK(outcome({client(held(7)), origin(kRetry), client(held(8))}, 65536) == "malformed");
}

TEST_CASE("a refusal is final") {
  HelloGuard guard(Host::parse_name("a.example"));
  CHECK(guard.on_client(kEvil).verdict == Verdict::mismatch);
  CHECK(guard.on_client(kSame).verdict == Verdict::mismatch);
  CHECK(guard.on_client(kEarly).pass == 0);
  CHECK(guard.on_origin(kAnswer) == Verdict::mismatch);
  CHECK_FALSE(guard.is_open());
  CHECK_FALSE(guard.is_holding());
  CHECK(guard.take_released().empty());
}

TEST_CASE("what was released and not taken yet goes before what is newer") {
  HelloGuard guard(Host::parse_name("a.example"));
  CHECK(guard.on_client(kSame).pass == 0);
  CHECK(guard.on_origin(kAnswer) == Verdict::proceed);
  CHECK(guard.is_open());
  CHECK(guard.on_client(kEarly).pass == 0);
  CHECK(guard.take_released() == kSame + kEarly);
  CHECK(guard.on_client(kEarly).pass == kEarly.size());
  CHECK(guard.take_released().empty());
}

}  // namespace
}  // namespace sallyport::test

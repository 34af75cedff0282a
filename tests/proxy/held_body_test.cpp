#include "proxy/held_body.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using State = HeldBody::State;

const IpAddress kClient = IpAddress::v4({10, 20, 0, 7});
constexpr std::size_t kMax = 64;

struct Holder {
  explicit Holder(const Framing& framing, std::size_t bytes_max = kMax)
      : body(framing, "", BodyBudget::Share(budget, kClient), bytes_max) {}

  BodyBudget budget;
  HeldBody body;
};

TEST_CASE("a body is held until it is whole, however it comes") {
  const std::string chunks = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  for (std::size_t step = 1; step <= chunks.size(); ++step) {
    Holder holder({Framing::chunked, 0});
    State state = State::more;
    for (std::size_t i = 0; i < chunks.size(); i += step) {
      CHECK(state == State::more);
      state = holder.body.add(chunks.substr(i, step));
    }
    CHECK(state == State::whole);
    CHECK(holder.body.payload() == "hello!");
    CHECK(holder.body.sent() == chunks);
    CHECK(holder.body.behind().empty());
  }
}

TEST_CASE("what comes behind it is the next request's") {
  Holder holder({Framing::length, 3});
  CHECK(holder.body.add("abcGET /") == State::whole);
  CHECK(holder.body.payload() == "abc");
  CHECK(holder.body.behind() == "GET /");
  CHECK(holder.body.sent() == "abcGET /");
}

TEST_CASE("a body without a byte is whole at once") {
  Holder holder({Framing::length, 0});
  CHECK(holder.body.add("") == State::whole);
  CHECK(holder.body.is_whole());
}

TEST_CASE("more than may be judged is too large, with what frames it") {
  Holder by_length({Framing::length, 100});
  CHECK(by_length.body.add(std::string(kMax, 'a')) == State::more);
  CHECK(by_length.body.add("a") == State::too_large);
  Holder by_chunks({Framing::chunked, 0});
  std::string chunks;
  for (int i = 0; i < 20; ++i) chunks += "1\r\na\r\n";
  CHECK(by_chunks.body.add(chunks) == State::too_large);
}

TEST_CASE("wrong framing is refused") {
  Holder holder({Framing::chunked, 0});
  CHECK(holder.body.add("xyz\r\n") == State::refused);
  CHECK(holder.body.error().reason == Reason::malformed_request);
}

TEST_CASE("all bodies together are bounded, and one client has a quarter of the room") {
  BodyBudget budget;
  {
    std::vector<BodyBudget::Share> shares;
    for (unsigned char i = 0; i < 4; ++i) {
      shares.emplace_back(budget, IpAddress::v4({10, 20, 1, i}));
      CHECK(shares.back().take(BodyBudget::kBodiesOfClientMax * kMax, kMax));
      CHECK_FALSE(shares.back().take(1, kMax));
    }
    BodyBudget::Share another(budget, kClient);
    CHECK_FALSE(another.take(1, kMax));
  }
  BodyBudget::Share again(budget, kClient);
  CHECK(again.take(kMax, kMax));  // what was held was given back
}

}  // namespace
}  // namespace sallyport

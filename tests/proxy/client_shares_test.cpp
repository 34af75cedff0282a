#include "proxy/client_shares.h"

#include <array>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

IpAddress client(std::size_t number) {
  return IpAddress::v4(
      {10, 0, static_cast<std::uint8_t>(number / 256), static_cast<std::uint8_t>(number % 256)});
}

/// Takes as much as there is room for; returns how much that was.
std::size_t take_all(ClientShares& shares, std::size_t number, std::size_t capacity) {
  std::size_t taken = 0;
  for (; shares.has_room(client(number), capacity); ++taken) shares.take(client(number));
  return taken;
}

TEST_CASE("a greedy client gets a quarter, each further one half of what is left of that half") {
  ClientShares shares;
  std::size_t number = 0;
  for (const std::size_t expected : std::array{500U, 250U, 125U, 63U, 31U}) {
    CAPTURE(number);
    CHECK(take_all(shares, number++, 2'000) == expected);
  }
}

TEST_CASE("whoever holds nothing gets one, until as many as half the capacity have come so") {
  ClientShares shares;
  for (std::size_t greedy = 0; greedy < 100; ++greedy) take_all(shares, greedy, 2'000);
  std::size_t next = 100;
  while (shares.has_room(client(next), 2'000)) shares.take(client(next++));
  CHECK(next >= 1'000);
  CHECK(next <= 1'100);
}

TEST_CASE("greedy clients who give back and take anew share evenly with those who come later") {
  ClientShares shares;
  std::array<std::size_t, 3> held{};
  held[0] = take_all(shares, 0, 2'000);
  for (int round = 0; round < 3'000; ++round) {
    for (std::size_t number = 0; number < held.size(); ++number) {
      if (held[number] > 0) {
        shares.give_back(client(number));
        --held[number];
      }
      held[number] += take_all(shares, number, 2'000);
    }
  }
  for (const std::size_t each : held) {
    CHECK(each >= 240);
    CHECK(each <= 260);
  }
}

TEST_CASE("what was given back is free again, and a bound that shrank holds") {
  ClientShares shares;
  CHECK(take_all(shares, 1, 20) == 5);
  shares.give_back(client(1));
  CHECK(shares.has_room(client(1), 20));
  CHECK_FALSE(shares.has_room(client(2), 4));
  CHECK_FALSE(shares.has_room(client(2), 0));
  for (int i = 0; i < 4; ++i) shares.give_back(client(1));
  CHECK(take_all(shares, 2, 20) == 5);
}

}  // namespace
}  // namespace sallyport

#include "proxy/dns_health.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using Outcome = Resolution::Outcome;

struct Told {
  std::array<int, 2> fds{};
  Told() { REQUIRE(::pipe2(fds.data(), O_NONBLOCK | O_CLOEXEC) == 0); }
  ~Told() {
    ::close(fds[0]);
    ::close(fds[1]);
  }
  std::string lines() const {
    std::string text(4096, '\0');
    const ssize_t count = ::read(fds[0], text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
};

std::string after(const std::vector<Outcome>& outcomes) {
  const Told told;
  OperatorLog log(told.fds[1]);
  DnsHealth health(log);
  for (const Outcome outcome : outcomes) health.saw(outcome);
  return told.lines();
}

TEST_CASE("five lookups in a row without an answer are told, once, with the last one's reason") {
  const auto silent = Outcome::timed_out;
  CHECK(after({silent, silent, silent, silent}).empty());
  const std::string told = after(std::vector<Outcome>(100, silent));
  CHECK(told.find("error: DNS: the last 5 lookups got no usable answer") != std::string::npos);
  CHECK(told.ends_with("The DNS server did not answer in time.\n"));
  CHECK(told.find('\n') == told.size() - 1);
}

TEST_CASE("any answer in between begins anew, the absence of a name too") {
  const auto bad = Outcome::failed;
  for (const Outcome answer : {Outcome::ok, Outcome::no_such_name, Outcome::no_address}) {
    CHECK(after({bad, bad, bad, bad, answer, bad, bad, bad, bad, answer}).empty());
  }
}

TEST_CASE("that names are resolved again is told where it was told that they were not") {
  const auto bad = Outcome::failed;
  const std::string told = after({bad, bad, bad, bad, bad, Outcome::ok, Outcome::ok});
  CHECK(told.ends_with("DNS: names are resolved again\n"));
  CHECK(told.find("resolved again") == told.rfind("resolved again"));
}

}  // namespace
}  // namespace sallyport

#include "metrics/operator_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using Level = OperatorLog::Level;

struct Pipe {
  std::array<int, 2> fds{};
  Pipe() { REQUIRE(::pipe2(fds.data(), O_NONBLOCK | O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(fds[0]);
    ::close(fds[1]);
  }
  std::string read() const {
    std::string text(65536, '\0');
    const ssize_t count = ::read(fds[0], text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
};

TEST_CASE("a line names the program, the time and the level, and no control byte gets in") {
  const Pipe pipe;
  OperatorLog log(pipe.fds[1]);
  log.log(Level::warning, "odd\x1b[2J\nname");
  const std::string line = pipe.read();
  CHECK(line.starts_with("sallyport: 2"));
  CHECK(line.ends_with("Z warning: odd\\u001b[2J\\u000aname\n"));
}

TEST_CASE("once a key is once") {
  const Pipe pipe;
  OperatorLog log(pipe.fds[1]);
  log.log_once("tls", "10.0.0.1", Level::warning, "speaks TLS");
  CHECK_FALSE(pipe.read().empty());
  log.log_once("tls", "10.0.0.1", Level::warning, "speaks TLS");
  CHECK(pipe.read().empty());
  log.log_once("tls", "10.0.0.2", Level::warning, "speaks TLS");
  CHECK_FALSE(pipe.read().empty());
}

TEST_CASE("what repeats is told once a minute, with how often it was silent") {
  const Pipe pipe;
  OperatorLog log(pipe.fds[1]);
  const auto start = OperatorLog::Clock::now();
  log.log_limited("dns", Level::error, "no answer", start);
  CHECK(pipe.read().ends_with("error: no answer\n"));
  log.log_limited("dns", Level::error, "no answer", start + std::chrono::seconds(1));
  log.log_limited("dns", Level::error, "no answer", start + std::chrono::seconds(59));
  CHECK(pipe.read().empty());
  log.log_limited("dns", Level::error, "no answer", start + std::chrono::seconds(61));
  CHECK(pipe.read().ends_with("error: no answer (and 2 times more before)\n"));
}

TEST_CASE("keys that clients choose do not grow without bound, and the last line says so") {
  const Pipe pipe;
  OperatorLog log(pipe.fds[1]);
  std::string said;
  for (int i = 0; i < 5000; ++i) {
    log.log_once("flood", std::to_string(i), Level::info, "x");
    if (i % 500 == 0) said += pipe.read();
  }
  said += pipe.read();
  CHECK(std::count(said.begin(), said.end(), '\n') == 4096);
  CHECK(said.ends_with("x (the last to be named)\n"));
  log.log_once("flood", "one more", Level::info, "x");
  CHECK(pipe.read().empty());
}

TEST_CASE("a flood of one kind silences no other") {
  const Pipe pipe;
  OperatorLog log(pipe.fds[1]);
  for (int i = 0; i < 5000; ++i) {
    log.log_once("flood", std::to_string(i), Level::info, "x");
    if (i % 500 == 0) pipe.read();
  }
  pipe.read();
  log.log_once("other", "10.0.0.1", Level::warning, "first");
  CHECK(pipe.read().ends_with("warning: first\n"));
  log.log_limited("dns", Level::error, "no answer");
  CHECK(pipe.read().ends_with("error: no answer\n"));
}

TEST_CASE("a client that causes one key after another silences no other client") {
  const Pipe pipe;
  OperatorLog log(pipe.fds[1]);
  const auto fail = [&](const std::string& client, int host) {
    log.log_once_of("client-tls", client, std::to_string(host), Level::warning, "x");
    return pipe.read();
  };
  std::string said;
  for (int i = 0; i < 5000; ++i) said += fail("10.0.0.1", i);
  CHECK(std::count(said.begin(), said.end(), '\n') == 64);
  CHECK(said.ends_with("x (the last that is told of this client)\n"));
  CHECK(fail("10.0.0.2", 0).ends_with("warning: x\n"));
  CHECK(fail("10.0.0.2", 0).empty());
  CHECK(fail("10.0.0.2", 1).ends_with("warning: x\n"));
}

TEST_CASE("clients are bounded too, and the last one is told as such") {
  const Pipe pipe;
  OperatorLog log(pipe.fds[1]);
  const auto fail = [&](int client, const char* host) {
    log.log_once_of("client-tls", std::to_string(client), host, Level::warning, "x");
    return pipe.read();
  };
  for (int i = 0; i < 4095; ++i) fail(i, "a");
  CHECK(fail(4095, "a").ends_with("x (the last client to be named)\n"));
  CHECK(fail(4096, "a").empty());
  CHECK(fail(7, "b").ends_with("warning: x\n"));
}

TEST_CASE(
    "many clients that cause key after key do not grow it without bound, nor silence another") {
  const Pipe pipe;
  OperatorLog log(pipe.fds[1]);
  std::size_t lines = 0;
  const auto fail = [&](int client, int host) {
    log.log_once_of("client-tls", std::to_string(client), std::to_string(host), Level::info, "x");
    const std::string said = pipe.read();
    lines += !said.empty();
    return said;
  };
  for (int client = 0; client < 100; ++client) {
    for (int host = 0; host < 100; ++host) fail(client, host);
  }
  CHECK(lines == 100 + 4096);
  CHECK(fail(100, 0).ends_with("x\n"));
  CHECK(fail(100, 1).empty());
}

TEST_CASE("a reader that stopped blocks nobody") {
  std::array<int, 2> fds{};
  REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0);  // blocking, as standard error is
  {
    OperatorLog log(fds[1]);
    for (int i = 0; i < 2000; ++i) log.log(Level::info, std::string(600, 'x'));
  }
  ::close(fds[0]);
  ::close(fds[1]);
}

}  // namespace
}  // namespace sallyport

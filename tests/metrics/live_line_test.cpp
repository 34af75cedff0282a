#include "metrics/live_line.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

AttemptRecord blocked() {
  AttemptRecord record;
  record.time = TimePoint{std::chrono::seconds(1798135200)};
  record.reason = Reason::host_not_allowed;
  record.client = IpAddress::v4({10, 20, 0, 7});
  record.client_name = "data-science";
  record.method = "CONNECT";
  record.host = "evil.example";
  record.port = 443;
  return record;
}

TEST_CASE("a block is one readable line") {
  AttemptRecord record = blocked();
  CHECK(live_line(record, false) ==
        "18:00:00 BLOCKED 10.20.0.7 (data-science) CONNECT evil.example:443: host_not_allowed\n");
  record.decision = Decision::would_block;
  record.rule = "never";
  CHECK(live_line(record, false) ==
        "18:00:00 WOULD BLOCK 10.20.0.7 (data-science) CONNECT evil.example:443: host_not_allowed,"
        " rule never\n");
  record.decision = Decision::allow;
  CHECK(live_line(record, false).empty());
}

TEST_CASE("colours are written only where asked for, and no client writes its own") {
  AttemptRecord record = blocked();
  CHECK(live_line(record, true).find("\x1b[31mBLOCKED\x1b[0m") != std::string::npos);
  record.host = "\x1b[2Jevil\xc2\x9b\n";
  record.method = "GET\x1b[0m";
  record.target = "/a\x07?token=s3cret";
  const std::string line = live_line(record, false);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.find('\x07') == std::string::npos);
  CHECK(line.find("\xc2\x9b") == std::string::npos);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find("s3cret") == std::string::npos);
}

}  // namespace
}  // namespace sallyport

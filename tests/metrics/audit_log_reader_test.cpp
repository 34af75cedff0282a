#include "metrics/audit_log_reader.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::string record_of(std::string_view host) {
  return R"({"schema":1,"event":"connect","time":"2026-12-24T18:00:00.000042Z",)"
         R"("client":"10.20.0.7","decision":"block","reason":"host_not_allowed","host":")" +
         std::string(host) + R"("})";
}

/// A reader, and the hosts of the records that it gave.
struct Read {
  std::vector<std::string> hosts;
  AuditLogReader log{[this](const AuditEntry& entry) { hosts.emplace_back(entry.host); }};
};

using Hosts = std::vector<std::string>;

TEST_CASE("records are the same however the bytes are cut") {
  const std::string bytes = record_of("a") + "\nno record\n" + record_of("b") + "\n\n" +
                            record_of("c") + '\n' + record_of("d").substr(0, 30);
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    Read read;
    for (std::size_t at = 0; at < bytes.size(); at += size) read.log.read(bytes.substr(at, size));
    CAPTURE(size);
    CHECK(read.hosts == Hosts{"a", "b", "c"});
    CHECK(read.log.not_records() == 2);
    CHECK(read.log.first_not_record() == 2);
    CHECK(read.log.torn() == 0);
    read.log.end();
    CHECK(read.log.torn() == 1);
    CHECK(read.log.not_records() == 2);
  }
}

TEST_CASE("a last line without its line feed counts if it is whole, and only at the end") {
  Read read;
  read.log.read(record_of("a"));
  CHECK(read.hosts.empty());
  read.log.end();
  CHECK(read.hosts == Hosts{"a"});
  CHECK(read.log.torn() == 0);
  read.log.end();
  CHECK(read.hosts.size() == 1);
}

TEST_CASE("what a file that was moved away holds of a line is not joined to the next file") {
  Read read;
  read.log.read(record_of("a") + '\n' + record_of("b"));
  read.log.begin_anew();
  read.log.read(record_of("b") + "\nno record\n");
  CHECK(read.hosts == Hosts{"a", "b"});
  CHECK(read.log.torn() == 1);
  CHECK(read.log.first_not_record() == 2);
  read.log.begin_anew();
  CHECK(read.log.torn() == 1);
}

TEST_CASE("a line beyond the limit is no record, and what follows it is read") {
  for (const std::size_t size : {AuditLogReader::kLineBytesMax - 1, AuditLogReader::kLineBytesMax,
                                 AuditLogReader::kLineBytesMax + 1, std::size_t{5'000'000}}) {
    // Spaces within an object change nothing but its length.
    std::string line = record_of("a");
    line.insert(1, size - line.size(), ' ');
    const bool is_read = size <= AuditLogReader::kLineBytesMax;
    for (const std::size_t piece : {std::size_t{4096}, std::size_t{6'000'000}}) {
      Read read;
      const std::string bytes = line + '\n' + record_of("b") + '\n';
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        read.log.read(std::string_view(bytes).substr(at, piece));
      }
      CAPTURE(size);
      CAPTURE(piece);
      CHECK(read.hosts == (is_read ? Hosts{"a", "b"} : Hosts{"b"}));
      CHECK(read.log.not_records() == (is_read ? 0 : 1));
    }
  }
}

TEST_CASE("a last line beyond the limit is torn") {
  Read read;
  read.log.read(std::string(AuditLogReader::kLineBytesMax + 1, ' '));
  read.log.end();
  CHECK(read.log.torn() == 1);
  read.log.read(record_of("a") + '\n');
  CHECK(read.hosts == Hosts{"a"});
}

}  // namespace
}  // namespace sallyport

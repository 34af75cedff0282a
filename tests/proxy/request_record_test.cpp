#include "proxy/request_record.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

/// A request of that target, as the record and the policy see it.
struct Told {
  explicit Told(const std::string& target)
      : bytes("GET " + target + " HTTP/1.1\r\nHost: a.example.org\r\n\r\n") {
    REQUIRE(reader.read(bytes) == HeadProgress::done);
    record_request(record, reader.head());
    facts = request_facts(reader.head());
  }
  std::string bytes;
  RequestHeadReader reader;
  AttemptRecord record;
  RequestFacts facts;
};

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += name + ' ';
  return all;
}

TEST_CASE("the policy judges the target that leaves: an empty path is /") {
  struct Row {
    const char* target;
    const char* judged;
  };
  const Row rows[] = {
      {"http://a.example.org/x/y?z=1", "/x/y?z=1"},
      {"http://a.example.org/", "/"},
      {"http://a.example.org", "/"},
      {"http://a.example.org?z=1", "/?z=1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    const Told told(row.target);
    CHECK(told.facts.target == row.judged);
    CHECK(told.facts.method == "GET");
    CHECK(told.facts.scheme == Scheme::http);
  }
}

TEST_CASE("of a query the names are told, never a value") {
  struct Row {
    const char* query;
    const char* names;
  };
  const Row rows[] = {
      {"", ""},
      {"?", ""},
      {"?a=secret&b=secret", "a b "},
      {"?a&&=secret&b", "a b "},
      {"?a=x=y&c", "a c "},
      {"?uploads&list-type=2", "uploads list-type "},
      {"?eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", ""},
      {"?AbCdEfGhIjKlMnOpQrStUvWxYz&a1", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.query);
    const Told told("http://a.example.org/p" + std::string(row.query));
    CHECK(joined(told.record.query_names) == row.names);
  }
}

TEST_CASE("a record is no copy of the request: names are few and short") {
  std::string query = "?" + std::string(1000, 'n') + "=1";
  for (int i = 0; i < 100; ++i) query += "&p" + std::to_string(i) + "=";
  const Told told("http://a.example.org/" + query);
  CHECK(told.record.query_names.size() == 32);
  CHECK(told.record.query_names.front() == std::string(64, 'n'));
}

TEST_CASE("of an answer status, type, and the host that a redirect leads to are told") {
  struct Row {
    const char* head;
    int status;
    const char* type;
    const char* location_host;
  };
  const Row rows[] = {
      {"200 OK\r\nContent-Type: text/html; charset=utf-8", 200, "text/html; charset=utf-8", ""},
      {"200 OK\r\nLocation: http://b.example.org/", 200, "", ""},
      {"302 Found\r\nLocation: https://B.example.org:8443/x?y#z", 302, "", "b.example.org"},
      {"302 Found\r\nLocation: //c.example.org/x", 302, "", "c.example.org"},
      {"301 Moved\r\nLocation: /x", 301, "", ""},
      {"301 Moved\r\nLocation: /x?to=http://d.example.org/", 301, "", ""},
      {"301 Moved\r\nLocation: http://user:secret@e.example.org/", 301, "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.head);
    ResponseHeadReader reader;
    const std::string bytes = "HTTP/1.1 " + std::string(row.head) + "\r\n\r\n";
    REQUIRE(reader.read(bytes) == HeadProgress::done);
    AttemptRecord record;
    record_answer(record, reader.head());
    CHECK(record.status == row.status);
    CHECK(record.content_type == row.type);
    CHECK(record.location_host == row.location_host);
  }
}

}  // namespace
}  // namespace sallyport

#include "proxy/commands/top_json.h"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "tests/proxy/commands/counted_log.h"

namespace sallyport::test {
namespace {

TEST_CASE("an empty log is told whole, too") {
  const CountedLog log;
  CHECK(top_json(log.view()) ==
        R"({"allow":0,"block":0,"would_block":0,"hosts":[],"clients":[],"reasons":[],"rules":[],)"
        R"("missed_max":{},"not_records":0,"torn":0})");
}

TEST_CASE("all that was counted is one object") {
  CountedLog log;
  log.add("allow", "docs.example");
  log.add("block", "files.example");
  log.add("would_block", "files.example", R"(,"rule":"watch")");
  log.log.read("no record\n{\"schema\":1");
  log.log.end();
  CHECK(top_json(log.view()) ==
        R"({"from":"2026-12-24T18:00:00.000042Z","to":"2026-12-24T18:00:00.000042Z",)"
        R"("allow":1,"block":1,"would_block":1,)"
        R"("hosts":[{"host":"files.example","block":1,"would_block":1,)"
        R"("follows":[{"host":"docs.example","count":2}]}],)"
        R"("clients":[{"client":"10.20.0.7","client_name":"data-science","block":1,)"
        R"("would_block":1}],)"
        R"("reasons":[{"reason":"host_not_allowed","block":1,"would_block":1}],)"
        R"("rules":[{"rule":"","block":1,"would_block":0},)"
        R"({"rule":"watch","block":0,"would_block":1}],)"
        R"("missed_max":{},"not_records":1,"first_not_record":4,"torn":1})");
}

TEST_CASE("rows are as many as were asked for, and what counts may lack is said") {
  CountedLog log;
  for (std::size_t i = 0; i < BlockedCounts::kNamesMax; ++i) log.add("block", std::to_string(i));
  auto told = boost::json::parse(top_json(log.view(3))).as_object();
  CHECK(told["hosts"].as_array().size() == 3);
  CHECK(told["missed_max"].as_object().empty());
  log.add("block", "one more");
  told = boost::json::parse(top_json(log.view(3))).as_object();
  CHECK(boost::json::serialize(told["missed_max"]) == R"({"hosts":1})");
}

TEST_CASE("no byte steers a terminal, and every reader gets the text back") {
  CountedLog log;
  log.add("allow", R"(\u009b31m)");
  log.add("block", R"(\u001b[2J\u009b\u202e\u2028\"\\)", R"(,"rule":"\u0007")");
  const std::string json = top_json(log.view());
  for (const char c : json) CHECK((c >= 0x20 && c < 0x7f));
  auto told = boost::json::parse(json).as_object();
  const auto& host = told["hosts"].as_array()[0].as_object();
  CHECK(host.at("host").as_string() == "\x1b[2J\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\"\\");
  CHECK(host.at("follows").as_array()[0].at("host").as_string() ==
        "\xc2\x9b"
        "31m");
  CHECK(told["rules"].as_array()[0].at("rule").as_string() == "\a");
}

}  // namespace
}  // namespace sallyport::test

#include "proxy/commands/top_table.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/proxy/commands/counted_log.h"

namespace sallyport::test {
namespace {

TEST_CASE("an empty log is one line") {
  const CountedLog log;
  CHECK(top_table(log.view(), std::nullopt) ==
        "0 blocked, 0 would be blocked, 0 allowed; audit.jsonl\n");
}

TEST_CASE("the table has hosts with what they follow, then clients, reasons and rules") {
  CountedLog log;
  log.add("allow", "docs.example");
  for (int i = 0; i < 12; ++i) log.add("block", "files.example");
  log.add("would_block", "a-much-longer.example", R"(,"rule":"watch")");
  log.log.read("no record\n{\"schema\":1");
  log.log.end();
  CHECK(top_table(log.view(), std::nullopt) ==
        "12 blocked, 1 would be blocked, 1 allowed; "
        "2026-12-24T18:00:00Z to 2026-12-24T18:00:00Z; audit.jsonl\n"
        "\n"
        "block  would_block  host                   follows\n"
        "   12            0  files.example          docs.example (12)\n"
        "    0            1  a-much-longer.example  docs.example (1)\n"
        "\n"
        "block  would_block  client\n"
        "   12            1  10.20.0.7 (data-science)\n"
        "\n"
        "block  would_block  reason\n"
        "   12            1  host_not_allowed\n"
        "\n"
        "block  would_block  rule\n"
        "   12            0  (no rule)\n"
        "    0            1  watch\n"
        "\n"
        "1 line is no audit record: line 15\n"
        "the last line is torn and was not counted\n");
}

TEST_CASE("rows beyond those asked for are told by their number") {
  CountedLog log;
  for (const char* host : {"a.example", "b.example", "c.example", ""}) log.add("block", host);
  log.log.read("x\n");
  log.log.read("y\nz");
  log.log.begin_anew();
  log.log.read("z");
  log.log.end();
  const std::string table = top_table(log.view(2), std::nullopt);
  CHECK(table.find("block  would_block  host       follows\n"
                   "    1            0  (no host)\n"
                   "    1            0  a.example\n"
                   "                    and 2 more\n"
                   "\n"
                   "block  would_block  client\n") != std::string::npos);
  CHECK(
      table.ends_with("\n2 lines are no audit records, the first is line 5\n"
                      "the last lines of 2 files are torn and were not counted\n"));
}

TEST_CASE("a count that may be too low is said to be") {
  CountedLog log;
  for (std::size_t i = 0; i <= BlockedCounts::kNamesMax; ++i) log.add("block", std::to_string(i));
  CHECK(top_table(log.view(), std::nullopt)
            .ends_with("\nmore than 16384 hosts: those counted least were forgotten; a count may "
                       "be too low by 1\n"));
}

TEST_CASE("on a screen the table is never higher or wider, and shows what it can") {
  CountedLog log;
  log.add("allow", "docs.example");
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(100 + i);
    log.add("block", "\xc3\xa9-" + number + ".example", R"(,"rule":"rule-)" + number + '"');
  }
  log.log.read("no record\n");
  for (std::size_t lines = 1; lines < 120; ++lines) {
    for (const std::size_t columns : {1U, 30U, 200U}) {
      const std::string table = top_table(log.view(), Screen{lines, columns});
      CAPTURE(lines);
      CAPTURE(columns);
      const auto count = static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n'));
      // A summary, an empty line and a note are there in any case.
      CHECK(count <= std::max<std::size_t>(lines - 1, 3));
      for (std::size_t at = 0; at < table.size();) {
        const std::size_t end = table.find('\n', at);
        const auto is_first_byte = [](char c) { return (c & 0xc0) != 0x80; };
        CHECK(std::count_if(table.begin() + at, table.begin() + end, is_first_byte) <=
              static_cast<std::ptrdiff_t>(columns));
        at = end + 1;
      }
    }
  }
  const std::string table = top_table(log.view(), Screen{24, 80});
  CHECK(std::count(table.begin(), table.end(), '\n') == 23);
  CHECK(table.find("\xc3\xa9-100.example  docs.example (1)\n") != std::string::npos);
  CHECK(table.find("and 46 more\n") != std::string::npos);
  CHECK(table.find("host_not_allowed\n") != std::string::npos);
  // Twenty rows, a line for those beyond, twice; and all that was asked for is there.
  CHECK(top_table(log.view(), Screen{1000, 200}) == top_table(log.view(), std::nullopt));
}

TEST_CASE("nothing that a client chose reaches the terminal raw") {
  CountedLog log;
  log.add("allow", R"(\u009b31m)");
  log.add("block", R"(\u001b[2J\n\u009b\u202e)", R"(,"rule":"\u0007")");
  const std::string table = top_table(log.view(), std::nullopt);
  for (const char c : table) CHECK((c == '\n' || (c >= 0x20 && c < 0x7f)));
  CHECK(table.find(R"(\u001b[2J\u000a\u009b\u202e)") != std::string::npos);
}

}  // namespace
}  // namespace sallyport::test

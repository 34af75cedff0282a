#include "policy/aws/credential/access_key.h"

#include <fstream>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/credential/sent_request.h"

namespace sallyport {
namespace {

using test::joined;

std::string account_text(std::string_view id) {
  const auto account = account_of_access_key(joined(id));
  return account ? std::string(account->text()) : "none";
}

TEST_CASE("Every id of FACTS section 1.4 shows its account, or none") {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/tests/data/aws/account_id_vectors.tsv");
  int rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream cells(line);
    std::string id;
    std::string expected;
    std::getline(cells, id, '\t');
    std::getline(cells, expected, '\t');
    CAPTURE(id);
    // A user's id has the same layout, but signs nothing.
    const bool is_none = expected.front() == '!' || id.starts_with("AIDA");
    CHECK(account_text(id) == (is_none ? "none" : expected));
    ++rows;
  }
  CHECK(rows == 23);
}

struct Row {
  std::string_view id;
  std::string_view account;
};

constexpr Row kRows[] = {
    {"AKIA~RZPUZDIKAAAAAAAA", "123456789012"},
    {"ASIA~RZPUZDIKAAAAAAAA", "123456789012"},
    // What is opaque never matters.
    {"AKIA~RZPUZDIKA7777777", "123456789012"},
    {"AKIA~RZPUZDIKH7777777", "123456789012"},
    {"AKIA~RZPUZDIKQAAAAAAA", "123456789013"},
    // Accounts are text of twelve digits.
    {"AKIA~QAAAAAAAQAAAAAAA", "000000000001"},
    {"AKIA~6RVFFB77QAAAAAAA", "999999999999"},
    {"AKIA~6RVFFCAAAAAAAAAA", "none"},
    // The format flag: fifth letters A to P are old ids, though bits stand where accounts do.
    {"AKIA~PZPUZDIKAAAAAAAA", "none"},
    {"AKIA~AZPUZDIKAAAAAAAA", "none"},
    // Prefixes that sign nothing, and none.
    {"AROA~RZPUZDIKAAAAAAAA", "none"},
    {"ABIA~RZPUZDIKAAAAAAAA", "none"},
    {"ACCA~RZPUZDIKAAAAAAAA", "none"},
    {"akia~RZPUZDIKAAAAAAAA", "none"},
    {"AKIB~RZPUZDIKAAAAAAAA", "none"},
    {"RZPUZDIKAAAAAAAAAAAA", "none"},
    // Base32 in upper case, wherever it stands.
    {"AKIA~RZPUZDIKAAAAAAAa", "none"},
    {"AKIA~RZPUZDIKAAAAAAA1", "none"},
    {"AKIA~RZPUZDIKAAAAAAA8", "none"},
    {"AKIA~RZPUZDIKAAAAAAA=", "none"},
    {"AKIA~RZPUZDIKAAAAAAA ", "none"},
    {"AKIA~RZPUZDIKAAAAAAA\xc3\xa9", "none"},
    {"AKIA~RZPUZDIKAAAAAA_A", "none"},
    // The length: 16 to 128.
    {"AKIA~RZPUZDIKAAAA", "123456789012"},
    {"AKIA~RZPUZDIKAAA", "none"},
    {"AKIA", "none"},
    {"", "none"},
};

TEST_CASE("An access key id shows the account whose it is, or none, never another's") {
  for (const Row& row : kRows) {
    CAPTURE(row.id);
    CHECK(account_text(row.id) == row.account);
  }
  CHECK(account_text("AKIA~RZPUZDIK" + std::string(116, 'A')) == "123456789012");
  CHECK(account_text("AKIA~RZPUZDIK" + std::string(117, 'A')) == "none");
  CHECK(account_text(joined("AKIA~RZPUZDIKAAAAAAA") + '\0') == "none");
}

TEST_CASE("Letters, digits and _ may stand where a key is named") {
  CHECK(is_access_key_id("AKIDEXAMPLE"));
  CHECK(is_access_key_id("a_1"));
  CHECK(is_access_key_id(std::string(128, 'A')));
  CHECK_FALSE(is_access_key_id(std::string(129, 'A')));
  for (const std::string_view wrong : {"", "A/B", "A-B", "A B", "A:B", "A%2F", "\xc3\x84"}) {
    CAPTURE(wrong);
    CHECK_FALSE(is_access_key_id(wrong));
  }
}

}  // namespace
}  // namespace sallyport

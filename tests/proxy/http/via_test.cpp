#include "proxy/http/via.h"

#include <ctime>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "proxy/http/octets.h"

using namespace sallyport;

namespace {

constexpr std::string_view kUs = "sallyport-0123456789abcdef";

bool passed(const std::string& fields) { return has_passed(FieldLines(fields), kUs); }

}  // namespace

TEST_CASE("the pseudonym is a token, and is that of its number") {
  CHECK(via_pseudonym(0x0123456789abcdef) == kUs);
  CHECK(via_pseudonym(0) == "sallyport-0000000000000000");
  CHECK(via_pseudonym(~std::uint64_t{0}) == "sallyport-ffffffffffffffff");
  CHECK(is_token(via_pseudonym(0x8000000000000001)));
}

TEST_CASE("a request that came through this gate is known") {
  struct Row {
    std::string_view value;
    bool passed;
  };
  for (const Row& row : {
           Row{"1.1 sallyport-0123456789abcdef", true},
           Row{"1.0 sallyport-0123456789abcdef", true},
           Row{"HTTP/1.1 sallyport-0123456789abcdef", true},
           Row{"1.1\t \tSallyport-0123456789ABCDEF", true},
           Row{"1.1 sallyport-0123456789abcdef:3128", true},
           Row{"1.1 sallyport-0123456789abcdef (squid)", true},
           Row{"1.1 sallyport-0123456789abcdef(squid)", true},
           Row{"1.0 fred, 1.1 sallyport-0123456789abcdef, 1.1 p.example", true},
           Row{"1.0 fred,1.1 sallyport-0123456789abcdef", true},
           Row{",, ,1.1 sallyport-0123456789abcdef,", true},
           Row{"1.0 fred (a, b (c, \\) d), e), 1.1 sallyport-0123456789abcdef", true},
           Row{"1.0 fred (never ends, 1.1 sallyport-0123456789abcdef", true},
           Row{"1.0 fred (never (ends), 1.1 sallyport-0123456789abcdef", true},
           Row{"1.0 fred \\, 1.1 sallyport-0123456789abcdef", true},
           Row{"1.0 fred ) x, 1.1 sallyport-0123456789abcdef", true},
           Row{"", false},
           Row{"1.1 sallyport", false},
           Row{"1.1 sallyport-0123456789abcde", false},
           Row{"1.1 sallyport-0123456789abcdef0", false},
           Row{"1.1 sallyport-0123456789abcdef.example", false},
           Row{"1.1 xsallyport-0123456789abcdef", false},
           Row{"1.1 sallyport-fedcba9876543210", false},
           Row{"sallyport-0123456789abcdef", false},
           Row{"1.1", false},
           Row{"1.1 (sallyport-0123456789abcdef)", false},
           Row{"1.1 fred (1.1 sallyport-0123456789abcdef)", false},
           Row{"1.1 fred (x, 1.1 sallyport-0123456789abcdef)", false},
           Row{"1.1 fred (x (y), 1.1 sallyport-0123456789abcdef), 1.1 p", false},
           Row{"1.1 fred (x \\), 1.1 sallyport-0123456789abcdef)", false},
           Row{"1.1 fred sallyport-0123456789abcdef", false},
           Row{"((((\\", false},
           Row{"\xff, (\xff), ,", false},
       }) {
    CAPTURE(row.value);
    CHECK(passed("Via: " + std::string(row.value) + "\r\n") == row.passed);
  }
  const std::string ours = "vIA: 1.1 " + std::string(kUs) + "\r\n";
  CHECK(passed("A: 1\r\nVia: 1.0 fred\r\n" + ours));
  CHECK(passed("Via: 1.0 fred (open\r\n" + ours));
  CHECK_FALSE(passed("X-Via: 1.1 " + std::string(kUs) + "\r\n"));
  CHECK_FALSE(passed(""));
}

// 64 KiB of opening parentheses, which a reader that looks for the end of each would take seconds
// over: two thousand million steps.
TEST_CASE("a Via of nothing but open comments is read once") {
  std::string many = "Via: ";
  for (int i = 0; i < 32000; ++i) many += "(,";
  const std::clock_t begin = std::clock();
  CHECK_FALSE(passed("Via: 1.1 " + std::string(65000, '(') + "\r\n"));
  CHECK_FALSE(passed(many + "\r\n"));
  CHECK(passed(many + "1.1 " + std::string(kUs) + "\r\n"));
  CHECK(std::clock() - begin < CLOCKS_PER_SEC / 2);
}

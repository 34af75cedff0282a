#include "policy/values/server_address.h"

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE("a DNS server is an address with or without a port") {
  struct Row {
    std::string_view text;
    std::string_view read;  // empty: refused
  };
  for (const Row& row : {
           Row{"10.0.0.2", "10.0.0.2:53"},
           Row{"10.0.0.2:5353", "10.0.0.2:5353"},
           Row{"fd00::2", "[fd00::2]:53"},
           Row{"[fd00::2]", "[fd00::2]:53"},
           Row{"[fd00::2]:5353", "[fd00::2]:5353"},
           Row{"10.0.0.2:65535", "10.0.0.2:65535"},
           Row{"", ""},
           Row{"dns.test", ""},
           Row{"10.0.0.2:", ""},
           Row{"10.0.0.2:0", ""},
           Row{"10.0.0.2:053", ""},
           Row{"10.0.0.2:65536", ""},
           Row{"10.0.0.2:5353x", ""},
           Row{"10.0.0.2 ", ""},
           Row{"010.0.0.2", ""},
           Row{"[10.0.0.2]:53", ""},
           Row{"[fd00::2", ""},
           Row{"[fd00::2]53", ""},
           Row{"[]:53", ""},
           Row{"fe80::1%eth0", ""},
           Row{":53", ""},
       }) {
    CAPTURE(row.text);
    const auto server = ServerAddress::parse(row.text);
    CHECK((server ? server->text() : "") == row.read);
  }
}

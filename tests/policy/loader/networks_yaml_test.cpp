#include "policy/loader/networks_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

// The words themselves are in tests/policy/bad/networks_of_nothing.yaml.
TEST_CASE("networks that no address can be in are errors where they would block, else warnings") {
  struct Row {
    std::string network;
    bool clients;  ///< is an error
    bool denying;  ///< is an error
    bool opening;  ///< is warned of
  };
  const Row rows[] = {
      {"::ffff:10.9.0.0/112", true, true, true}, {"::ffff:10.9.0.7", true, true, true},
      {"::ffff:0:0/96", true, true, true},       {"64:ff9b::/96", false, true, true},
      {"64:ff9b::a09:0/112", false, true, true}, {"2002::/16", false, false, true},
      {"2001::/32", false, false, true},         {"64:ff9b:1::/48", false, false, true},
      {"127.0.0.0/8", false, false, true},       {"fd00:ec2::254", false, false, true},
      {"10.9.0.0/16", false, false, false},      {"fd00::/8", false, false, false},
      {"52.94.76.0/22", false, false, false},    {"::/0", false, false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.network);
    const std::string list = "networks: [\"" + row.network + "\"]";
    CHECK(errors_of(load_text(with_a_rule("clients: [{name: c, " + list + "}]\n"))).empty() !=
          row.clients);
    CHECK(errors_of(load_text(with_rules("  - {name: docs, hosts: [docs.example.org]}\n"
                                         "  - {name: d, effect: deny, hosts: [\"*\"], " +
                                         list + "}\n")))
              .empty() != row.denying);
    const LoadResult opened =
        load_text(with_rules("  - {name: docs, hosts: [docs.example.org], " + list + "}\n"));
    CHECK(errors_of(opened).empty());
    CHECK(opened.warnings.empty() != row.opening);
  }
}

}  // namespace
}  // namespace sallyport

#include "tls/chain_constraints.h"

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

ChainConstraints constraints_of(const std::string& text) {
  ChainConstraints constraints;
  CHECK(constraints.add(*make({.name_constraints = text}).certificate));
  return constraints;
}

struct Row {
  const char* name;
  bool is_permitted;
};

TEST_CASE("a constraint permits its name and all below it, in any case") {
  const ChainConstraints constraints =
      constraints_of("critical,permitted;DNS:x.org,excluded;DNS:b.x.org," + kExcludeAddresses);
  const Row rows[] = {
      {"x.org", true},      {"a.x.org", true},         {"A.X.ORG", true},  {"c.a.x.org", true},
      {"b.x.org", false},   {"a.b.x.org", false},      {"xb.x.org", true}, {"evil-x.org", false},
      {"evilx.org", false}, {"x.org.evil.net", false}, {"org", false},     {"y.org", false},
      {"x.com", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(constraints.permits(*Host::parse(row.name)) == row.is_permitted);
  }
  for (const char* address : {"192.0.2.1", "2001:db8::1", "127.0.0.1"}) {
    CAPTURE(address);
    CHECK_FALSE(constraints.permits(Host::of(*IpAddress::parse(address))));
  }
}

TEST_CASE("a leading dot leaves the name itself out, as OpenSSL reads it") {
  const ChainConstraints constraints = constraints_of("critical,permitted;DNS:.x.org");
  CHECK(constraints.permits(*Host::parse("a.x.org")));
  CHECK_FALSE(constraints.permits(*Host::parse("x.org")));
  CHECK_FALSE(constraints.permits(*Host::parse("evil-x.org")));
}

TEST_CASE("addresses are permitted by network and by family") {
  const ChainConstraints constraints = constraints_of(
      "critical,permitted;DNS:invalid,permitted;IP:192.0.2.0/255.255.255.0,"
      "permitted;IP:2001:db8::/ffff:ffff::");
  const Row rows[] = {{"192.0.2.1", true},
                      {"192.0.2.255", true},
                      {"192.0.3.1", false},
                      {"2001:db8:1::5", true},
                      {"2001:db9::1", false}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(constraints.permits(Host::of(*IpAddress::parse(row.name))) == row.is_permitted);
  }
  CHECK_FALSE(constraints.permits(*Host::parse("x.org")));
}

TEST_CASE("without constraints all is permitted; with two CAs what both permit") {
  ChainConstraints constraints;
  CHECK(constraints.add(*make({.name_constraints = ""}).certificate));
  CHECK(constraints.permits(*Host::parse("x.org")));
  CHECK(constraints.permits(*Host::parse("192.0.2.1")));

  CHECK(constraints.add(*make({}).certificate));
  CHECK(constraints.add(*make({.name_constraints = "permitted;DNS:a.x.org"}).certificate));
  CHECK(constraints.permits(*Host::parse("b.a.x.org")));
  CHECK_FALSE(constraints.permits(*Host::parse("x.org")));
}

TEST_CASE("the bases are told as hosts") {
  const ChainConstraints constraints = constraints_of(
      "permitted;DNS:x.org,permitted;DNS:.Y.org,permitted;IP:192.0.2.0/255.255.255.0,"
      "permitted;IP:2001:db8::/ffff:ffff::,permitted;email:z.org,excluded;DNS:a.x.org");
  std::string told;
  for (const Host& each : constraints.permitted_bases()) told += std::string(each.text()) + " ";
  CHECK(told == "x.org y.org 192.0.2.0 2001:db8:: ");
}

TEST_CASE("constraints that cannot be read are no constraints") {
  Made made = make({.name_constraints = ""});
  const unsigned char nonsense[] = {0x30, 0x05, 0x01};
  std::unique_ptr<ASN1_OCTET_STRING, OpensslDeleter<ASN1_OCTET_STRING_free>> value(
      ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), nonsense, sizeof nonsense);
  std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>> extension(
      X509_EXTENSION_create_by_NID(nullptr, NID_name_constraints, 1, value.get()));
  X509_add_ext(made.certificate.get(), extension.get(), -1);
  ChainConstraints constraints;
  CHECK_FALSE(constraints.add(*made.certificate));
}

}  // namespace
}  // namespace sallyport::test

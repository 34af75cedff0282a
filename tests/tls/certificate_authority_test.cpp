#include "tls/certificate_authority.h"

#include <functional>

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

using Files = std::vector<std::string>;

std::string without(const std::string& text, const std::string& part) {
  std::string rest = text;
  for (std::size_t at = rest.find(part); at != std::string::npos; at = rest.find(part)) {
    rest.erase(at, part.size());
  }
  return rest;
}

/// What a load tells, one a line, errors first; `ok` where there is an authority.
std::string told(const CaFolder& folder, const Files& files, const std::string& key) {
  AuthorityFaults faults;
  const auto authority = CertificateAuthority::load(files, key, kToday, faults);
  std::string text;
  for (const AuthorityFault& each : faults.errors) text += each.text() + "\n";
  for (const AuthorityFault& each : faults.warnings) text += "warning: " + each.text() + "\n";
  CHECK((authority == nullptr) == !faults.errors.empty());
  if (authority != nullptr) text += "ok\n";
  return without(text, folder.path(""));
}

std::string told_of(const Made& made) {
  const CaFolder folder;
  return told(folder, {folder.write("ca.pem", certificate_pem(made), 0644)},
              folder.write("ca.key", key_pem(made)));
}

struct Row {
  const char* what;
  std::function<void(Wanted&)> change;
  const char* told;
};

const Row kRows[] = {
    {"sound", [](Wanted&) {}, "ok\n"},
    {"P-384", [](Wanted& w) { w.key = "P-384"; }, "ok\n"},
    {"P-521", [](Wanted& w) { w.key = "P-521"; }, "ok\n"},
    {"RSA", [](Wanted& w) { w.key = "RSA-2048"; }, "ok\n"},
    {"RSA that is quick enough", [](Wanted& w) { w.key = "RSA-3072"; }, "ok\n"},
    {"no path length", [](Wanted& w) { w.basic_constraints = "critical,CA:TRUE"; }, "ok\n"},
    {"for servers", [](Wanted& w) { w.extended_key_usage = "serverAuth"; }, "ok\n"},
    {"constraints that are not critical",
     [](Wanted& w) { w.name_constraints = w.name_constraints.substr(9); }, "ok\n"},
    {"15 days left", [](Wanted& w) { w.until = kToday + 15 * 24h; }, "ok\n"},

    {"no CA", [](Wanted& w) { w.basic_constraints = "critical,CA:FALSE"; },
     "ca.pem: `CN = test CA` is no CA: basicConstraints must say CA:TRUE\n"},
    {"no basicConstraints", [](Wanted& w) { w.basic_constraints = ""; },
     "ca.pem: `CN = test CA` is no CA: basicConstraints must say CA:TRUE\n"},
    {"basicConstraints that are not critical", [](Wanted& w) { w.basic_constraints = "CA:TRUE"; },
     "ca.pem: `CN = test CA` has a basicConstraints that is not critical\n"},
    {"no keyUsage", [](Wanted& w) { w.key_usage = ""; },
     "ca.pem: `CN = test CA` has no keyUsage: it must be critical and hold keyCertSign\n"},
    {"keyUsage of a server", [](Wanted& w) { w.key_usage = "critical,digitalSignature"; },
     "ca.pem: `CN = test CA` has a keyUsage without keyCertSign\n"},
    {"keyUsage that is not critical", [](Wanted& w) { w.key_usage = "keyCertSign"; },
     "ca.pem: `CN = test CA` has a keyUsage that is not critical\n"},
    {"no subjectKeyIdentifier", [](Wanted& w) { w.subject_key_id = ""; },
     "ca.pem: `CN = test CA` has no subjectKeyIdentifier, by which clients find who signed a "
     "leaf\n"},
    {"for clients", [](Wanted& w) { w.extended_key_usage = "clientAuth"; },
     "ca.pem: `CN = test CA` has an extendedKeyUsage without serverAuth\n"},
    {"expired", [](Wanted& w) { w.until = kToday - 24h; },
     "ca.pem: `CN = test CA` has expired on 2026-11-25: list the next CA first, with its key\n"},
    {"not yet valid", [](Wanted& w) { w.from = kToday + 24h; },
     "ca.pem: `CN = test CA` is not yet valid: it begins on 2026-11-27\n"},
    {"a short RSA key", [](Wanted& w) { w.key = "RSA-1024"; },
     "ca.pem: `CN = test CA` has an RSA key of 1024 bits: 2048 or more, or P-256\n"},
    {"Ed25519", [](Wanted& w) { w.key = "ED25519"; },
     "ca.pem: `CN = test CA` has a key that is neither RSA nor EC\n"},
    {"another curve", [](Wanted& w) { w.key = "secp256k1"; },
     "ca.pem: `CN = test CA` has an EC key of another curve than P-256, P-384 and P-521\n"},
    {"SHA-1", [](Wanted& w) { w.hash = EVP_sha1(); },
     "ca.pem: `CN = test CA` is signed with a hash that clients refuse: SHA-256 or more\n"},
    {"all at once",
     [](Wanted& w) {
       w.key_usage = "";
       w.subject_key_id = "";
       w.until = kToday - 24h;
     },
     "ca.pem: `CN = test CA` has no keyUsage: it must be critical and hold keyCertSign\n"
     "ca.pem: `CN = test CA` has no subjectKeyIdentifier, by which clients find who signed a leaf\n"
     "ca.pem: `CN = test CA` has expired on 2026-11-25: list the next CA first, with its key\n"},
    {"no subject", [](Wanted& w) { w.subject = ""; },
     "ca.pem: `` has no subject, which a leaf would name as its issuer\n"},
    {"a critical extension that clients do not know",
     [](Wanted& w) { w.comment = "critical,hello"; },
     "ca.pem: signs leaves that a strict client refuses: unhandled critical extension, of `CN = "
     "test CA`\n"},
    {"constraints of a kind that OpenSSL cannot judge",
     [](Wanted& w) { w.name_constraints = "critical,permitted;RID:1.2.3.4,permitted;DNS:x.org"; },
     "warning: ca.pem: has name constraints that let it vouch for every address: excluded "
     "0.0.0.0/0 and ::/0 would be right\nok\n"},
    {"constraints that leave nothing",
     [](Wanted& w) {
       w.name_constraints = "critical,permitted;DNS:x.org,excluded;DNS:x.org," + kExcludeAddresses;
     },
     "ca.pem: has name constraints that leave no name to vouch for\n"},

    {"13 days left", [](Wanted& w) { w.until = kToday + 13 * 24h; },
     "warning: ca.pem: ends on 2026-12-09: publish the next CA to workstations now, and let it "
     "sign before that day\nok\n"},
    {"RSA that is slow", [](Wanted& w) { w.key = "RSA-4096"; },
     "warning: ca.key: is an RSA key of 4096 bits, which takes milliseconds to sign the leaf of "
     "each "
     "new host while its worker serves nobody else: an EC key (P-256) is 20 times faster\nok\n"},
    {"no constraints", [](Wanted& w) { w.name_constraints = ""; },
     "warning: ca.pem: has no name constraints: whoever has its key can vouch for every name; "
     "`sallyport ca init` makes one that is constrained to what the policy reads\nok\n"},
    {"a leading dot",
     [](Wanted& w) { w.name_constraints = "critical,permitted;DNS:.x.org," + kExcludeAddresses; },
     "warning: ca.pem: has a name constraint with a leading dot, which clients read in two ways "
     "(RFC 5280 4.2.1.10 has none for DNS names): write it without\nok\n"},
    {"addresses are free", [](Wanted& w) { w.name_constraints = "critical,permitted;DNS:x.org"; },
     "warning: ca.pem: has name constraints that let it vouch for every address: excluded "
     "0.0.0.0/0 and ::/0 would be right\nok\n"},
};

TEST_CASE("each unsound CA is refused in words that say what would be right") {
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    Wanted wanted;
    row.change(wanted);
    CHECK(told_of(make(wanted)) == row.told);
  }
}

TEST_CASE("the key must be the one of the first certificate") {
  const CaFolder folder;
  CHECK(told(folder, {folder.write("ca.pem", certificate_pem(make({})), 0644)},
             folder.write("ca.key", key_pem(make({})))) ==
        "ca.key: is not the key of `CN = test CA` in ca.pem, whose certificate stands first and "
        "signs\n");
}

TEST_CASE("every file that cannot be read is told at once, with its name") {
  const CaFolder folder;
  AuthorityFaults faults;
  const Files files = {folder.path("no.pem"), folder.path("none.pem")};
  CHECK(CertificateAuthority::load(files, folder.path("no.key"), kToday, faults) == nullptr);
  REQUIRE(faults.errors.size() == 3);
  CHECK(faults.errors[0].file == files[0]);
  CHECK(faults.errors[1].file == files[1]);
  CHECK(faults.errors[1].key == AuthorityFault::Key::ca_certificates);
  CHECK(faults.errors[1].message == "cannot be opened: No such file or directory");
  CHECK(faults.errors[2].key == AuthorityFault::Key::ca_private_key);
  CHECK(faults.errors[2].file == folder.path("no.key"));
}

/// A root, an intermediate, and the CA that signs.
struct Chain {
  explicit Chain(const char* intermediate_constraints = "critical,CA:TRUE,pathlen:1",
                 const std::string& root_names = "") {
    root = make({.subject = "root",
                 .basic_constraints = "critical,CA:TRUE",
                 .name_constraints = root_names});
    intermediate = make({.subject = "intermediate",
                         .basic_constraints = intermediate_constraints,
                         .name_constraints = "",
                         .until = kToday + 30 * 24h},
                        &root);
    signer = make({.subject = "signer"}, &intermediate);
  }

  Made root;
  Made intermediate;
  Made signer;
};

TEST_CASE("intermediates are sent behind a leaf, the root is not") {
  const CaFolder folder;
  const Chain chain;
  const Files files = {folder.write("ca.pem", certificate_pem(chain.signer) +
                                                  certificate_pem(chain.intermediate) +
                                                  certificate_pem(chain.root))};
  AuthorityFaults faults;
  const auto authority = CertificateAuthority::load(
      files, folder.write("ca.key", key_pem(chain.signer)), kToday, faults);
  REQUIRE(authority != nullptr);
  CHECK(faults.warnings.empty());
  CHECK(X509_cmp(authority->certificate(), chain.signer.certificate.get()) == 0);
  REQUIRE(sk_X509_num(authority->chain()) == 2);
  CHECK(X509_cmp(sk_X509_value(authority->chain(), 0), chain.signer.certificate.get()) == 0);
  CHECK(X509_cmp(sk_X509_value(authority->chain(), 1), chain.intermediate.certificate.get()) == 0);
  CHECK(authority->expires() == kToday + 30 * 24h);
}

TEST_CASE("a root that signs by itself is sent to nobody") {
  const CaFolder folder;
  const Made made = make({});
  AuthorityFaults faults;
  const Files files = {folder.write("ca.pem", certificate_pem(made))};
  const auto authority =
      CertificateAuthority::load(files, folder.write("ca.key", key_pem(made)), kToday, faults);
  REQUIRE(authority != nullptr);
  CHECK(sk_X509_num(authority->chain()) == 0);
  CHECK(authority->expires() == kToday + 90 * 24h);
}

TEST_CASE("the constraints of the whole chain hold") {
  const CaFolder folder;
  const Chain chain("critical,CA:TRUE,pathlen:1", "critical,permitted;DNS:a.x.org");
  const Files files = {folder.write("ca.pem", certificate_pem(chain.signer) +
                                                  certificate_pem(chain.intermediate) +
                                                  certificate_pem(chain.root))};
  AuthorityFaults faults;
  const auto authority = CertificateAuthority::load(
      files, folder.write("ca.key", key_pem(chain.signer)), kToday, faults);
  REQUIRE(authority != nullptr);
  CHECK(authority->permits(*Host::parse("b.a.x.org")));
  CHECK_FALSE(authority->permits(*Host::parse("x.org")));
  CHECK_FALSE(authority->permits(*Host::parse("b.x.org")));
  CHECK_FALSE(authority->permits(*Host::parse("192.0.2.1")));
}

TEST_CASE("a chain without its root, or with a wrong path length, is refused") {
  const CaFolder folder;
  const Chain chain;
  const std::string key = folder.write("ca.key", key_pem(chain.signer));
  CHECK(told(folder, {folder.write("ca.pem", certificate_pem(chain.signer))}, key) ==
        "ca.pem: who signed `CN = signer` is missing: put the intermediates and the root behind it "
        "in the same file\n");

  const Chain shallow("critical,CA:TRUE,pathlen:0");
  CHECK(told(folder,
             {folder.write("ca.pem", certificate_pem(shallow.signer) +
                                         certificate_pem(shallow.intermediate) +
                                         certificate_pem(shallow.root))},
             folder.write("ca.key", key_pem(shallow.signer))) ==
        "ca.pem: `CN = intermediate` has path length 0, and 1 CAs stand below it\n");
}

TEST_CASE("rotation: the first CA signs, and a file behind it may hold it too") {
  const CaFolder folder;
  const Made old = make({.subject = "old"});
  const Made next = make({.subject = "next"});
  const Files files = {folder.write("ca.pem", certificate_pem(old)),
                       folder.write("next.pem", certificate_pem(next) + certificate_pem(old))};
  AuthorityFaults faults;
  const auto authority =
      CertificateAuthority::load(files, folder.write("ca.key", key_pem(old)), kToday, faults);
  REQUIRE(authority != nullptr);
  CHECK(faults.warnings.empty());
  CHECK(X509_cmp(authority->certificate(), old.certificate.get()) == 0);
}

TEST_CASE("what is published alone must be of use to a workstation") {
  const CaFolder folder;
  const Made made = make({});
  const std::string ca = folder.write("ca.pem", certificate_pem(made));
  const std::string key = folder.write("ca.key", key_pem(made));
  const auto told_beside = [&](const Made& other) {
    return told(folder, {ca, folder.write("next.pem", certificate_pem(other))}, key);
  };
  CHECK(told_beside(Chain().intermediate) ==
        "next.pem: holds no root CA, and a root is what workstations can trust\n");
  CHECK(told_beside(make({.subject = "server", .basic_constraints = "CA:FALSE"})) ==
        "next.pem: holds no root CA, and a root is what workstations can trust\n");
  CHECK(told_beside(make({.until = kToday - 24h})) ==
        "warning: next.pem: has expired on 2026-11-25: take it out\nok\n");
  CHECK(told_beside(make({.from = kToday + 24h})) == "ok\n");
}

TEST_CASE("PKCS#12 without a password is as good as PEM") {
  const CaFolder folder;
  const Chain chain;
  const CertificateStackPtr others(sk_X509_new_null());
  for (const Made* each : {&chain.root, &chain.intermediate}) {
    X509_up_ref(each->certificate.get());
    sk_X509_push(others.get(), each->certificate.get());
  }
  const std::string file = folder.write("ca.p12", pkcs12_of(chain.signer, "", others.get()));
  AuthorityFaults faults;
  const auto authority = CertificateAuthority::load(Files{file}, file, kToday, faults);
  REQUIRE(authority != nullptr);
  CHECK(sk_X509_num(authority->chain()) == 2);
}

}  // namespace
}  // namespace sallyport::test

#include "tls/authority_files.h"

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

std::string certificates_error(const std::string& file) {
  std::string error;
  CHECK_FALSE(read_certificates(file, error).has_value());
  return error;
}

std::string key_error(const std::string& file) {
  std::string error;
  CHECK(read_private_key(file, error) == nullptr);
  return error;
}

TEST_CASE("what is no file of certificates is told as what it is") {
  const CaFolder folder;
  const Made made = make({});
  const std::string pem = certificate_pem(made);
  const std::string half = pem.substr(0, pem.size() / 2);
  std::string changed = pem;
  changed.replace(pem.find("\nM"), 4, "\nAAA");

  CHECK(certificates_error(folder.path("none")) == "cannot be opened: No such file or directory");
  CHECK(certificates_error(folder.path("")) == "is no regular file");
  CHECK(certificates_error(folder.write("a", "")) ==
        "holds no certificate: a block `CERTIFICATE` would be right");
  CHECK(certificates_error(folder.write("a", "hello\n")) ==
        "holds no certificate: a block `CERTIFICATE` would be right");
  CHECK(certificates_error(folder.write("a", std::string(256 * 1024 + 1, 'x'))) ==
        "is larger than 256 KiB: it should hold a CA's certificates or its key, nothing else");
  CHECK(certificates_error(folder.write("a", half)) == "holds a broken PEM block: bad end line");
  CHECK(certificates_error(folder.write("a", pem + half)) ==
        "holds a broken PEM block: bad end line");
  CHECK(certificates_error(folder.write("a", pem + changed))
            .starts_with("certificate 2 of the file cannot be read: "));
  CHECK(certificates_error(folder.write("a", key_pem(made))) ==
        "holds no certificate: a block `CERTIFICATE` would be right");
  CHECK(certificates_error(folder.write("a", "\x30\x03\x02\x01\x01")) ==
        "is neither PEM nor PKCS#12: `openssl x509 -inform der` and `openssl pkey -inform der` "
        "make PEM of DER");
  CHECK(certificates_error(folder.write("a", pkcs12_of(made, "secret"))) ==
        "is PKCS#12 that opens without a password only: mac verify failure; `openssl pkcs12 "
        "-nodes` makes PEM of it");
}

TEST_CASE("certificates are read in their order, with text between them") {
  const CaFolder folder;
  const Made first = make({.subject = "first"});
  const Made second = make({.subject = "second"});
  std::string error;
  const auto read =
      read_certificates(folder.write("a",
                                     "the first\n" + certificate_pem(first) + "\nthe second\r\n" +
                                         certificate_pem(second) + "the end\n",
                                     0644),
                        error);
  CHECK(error.empty());
  REQUIRE(read.has_value());
  REQUIRE(read->size() == 2);
  CHECK(X509_cmp(read->at(0).get(), first.certificate.get()) == 0);
  CHECK(X509_cmp(read->at(1).get(), second.certificate.get()) == 0);
}

TEST_CASE("a file of certificates that holds a key as well must be closed") {
  const CaFolder folder;
  const Made made = make({});
  std::string error;
  const std::string both = certificate_pem(made) + key_pem(made);
  CHECK(read_certificates(folder.write("a", both, 0600), error).has_value());
  CHECK(certificates_error(folder.write("a", both, 0644)) ==
        "holds a private key and is open to others (mode 0644): `chmod 600 " + folder.path("a") +
            "`");
  CHECK(certificates_error(folder.write("a", pkcs12_of(made, ""), 0640)) ==
        "holds a private key and is open to others (mode 0640): `chmod 600 " + folder.path("a") +
            "`");
}

TEST_CASE("keys are read in each form that OpenSSL writes without a password") {
  const CaFolder folder;
  for (const char* kind : {"P-256", "RSA-2048"}) {
    CAPTURE(kind);
    const Made made = make({.key = kind});
    for (const std::string& text : {key_pem(made), traditional_key_pem(made),
                                    certificate_pem(made) + key_pem(made), pkcs12_of(made, "")}) {
      std::string error;
      const EvpPkeyPtr key = read_private_key(folder.write("a", text), error);
      CHECK(error.empty());
      REQUIRE(key != nullptr);
      CHECK(EVP_PKEY_eq(key.get(), made.key.get()) == 1);
    }
  }
}

TEST_CASE("what is no key is told as what it is") {
  const CaFolder folder;
  const Made made = make({});
  CHECK(key_error(folder.path("none")) == "cannot be opened: No such file or directory");
  CHECK(key_error(folder.write("a", "")) ==
        "holds no private key: a block `PRIVATE KEY` would be right");
  CHECK(key_error(folder.write("a", certificate_pem(made))) ==
        "holds no private key: a block `PRIVATE KEY` would be right");
  CHECK(key_error(folder.write("a", key_pem(made, EVP_aes_256_cbc()))) ==
        "is encrypted, and nobody is there to be asked: `openssl pkey` writes it in plain");
  CHECK(key_error(folder.write("a", key_pem(made), 0640)) ==
        "holds a private key and is open to others (mode 0640): `chmod 600 " + folder.path("a") +
            "`");
}

TEST_CASE("a key's file is open to its owner alone; one of root's to our group too") {
  constexpr uid_t kRoot = 0;
  constexpr uid_t kUs = 1000;
  struct ModeRow {
    mode_t mode;
    uid_t owner;
    uid_t reader;
    const char* fault;
  };
  const ModeRow rows[] = {
      {0400, kUs, kUs, ""},
      {0600, kUs, kUs, ""},
      {0600, kRoot, kRoot, ""},
      {0440, kRoot, kUs, ""},
      {0640, kRoot, kUs, ""},
      {0640, kUs, kUs, "(mode 0640): `chmod 600 k`"},
      {0440, kRoot, kRoot, "(mode 0440): `chmod 600 k`"},
      {0644, kRoot, kUs, "(mode 0644): `chmod 640 k`"},
      {0660, kRoot, kUs, "(mode 0660): `chmod 640 k`"},
      {0604, kUs, kUs, "(mode 0604): `chmod 600 k`"},
      {0620, kUs, kUs, "(mode 0620): `chmod 600 k`"},
      {0777, kUs, kRoot, "(mode 0777): `chmod 600 k`"},
  };
  for (const ModeRow& row : rows) {
    CAPTURE(row.mode);
    const std::string fault = key_mode_fault(row.mode, row.owner, row.reader, "k");
    CHECK(fault == (*row.fault == '\0'
                        ? std::string()
                        : std::string("holds a private key and is open to others ") + row.fault));
  }
}

}  // namespace
}  // namespace sallyport::test

#include "tls/certificate_text.h"

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

TEST_CASE("subjects are told on one line") {
  CHECK(subject_text(*make({.subject = "a\nb"}).certificate) == "CN = a\\0Ab");
  CHECK(subject_text(*make({.subject = ""}).certificate).empty());
}

TEST_CASE("days are told in UTC") {
  CHECK(date_text(kToday) == "2026-11-26");
  CHECK(date_text(kToday + 12h) == "2026-11-27");
  CHECK(date_text(kToday + 12h - 1us) == "2026-11-26");
}

TEST_CASE("a certificate's time is a time, and PEM reads back") {
  const Made made = make({});
  CHECK(time_of(*X509_get0_notAfter(made.certificate.get())) == kToday + 90 * 24h);
  CHECK(pem_of(*made.certificate) == certificate_pem(made));
}

}  // namespace
}  // namespace sallyport::test

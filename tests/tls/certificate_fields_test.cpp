#include "tls/certificate_fields.h"

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"
#include "tls/certificate_text.h"

namespace sallyport::test {
namespace {

/// The bits of the extension, as RFC 5280 numbers them from the top.
unsigned usage_bits(X509& certificate) {
  std::unique_ptr<ASN1_BIT_STRING, OpensslDeleter<ASN1_BIT_STRING_free>> usage(
      static_cast<ASN1_BIT_STRING*>(
          X509_get_ext_d2i(&certificate, NID_key_usage, nullptr, nullptr)));
  REQUIRE(usage != nullptr);
  return ASN1_STRING_get0_data(usage.get())[0];
}

TEST_CASE("each bit of keyUsage is written where it is read") {
  for (const unsigned bits :
       {unsigned{KU_DIGITAL_SIGNATURE}, unsigned{KU_KEY_CERT_SIGN},
        unsigned{KU_KEY_CERT_SIGN | KU_CRL_SIGN}, unsigned{KU_ENCIPHER_ONLY}}) {
    CAPTURE(bits);
    const X509Ptr certificate(X509_new());
    REQUIRE(add_key_usage(*certificate, bits));
    CHECK(usage_bits(*certificate) == bits);
  }
}

TEST_CASE("times are whole seconds, before and after 2050") {
  const X509Ptr certificate(X509_new());
  const TimePoint late = kToday + std::chrono::days(30 * 365);
  REQUIRE(set_validity(*certificate, kToday + 999ms, late));
  CHECK(time_of(*X509_get0_notBefore(certificate.get())) == kToday);
  CHECK(time_of(*X509_get0_notAfter(certificate.get())) == late);
  CHECK(ASN1_STRING_type(X509_get0_notBefore(certificate.get())) == V_ASN1_UTCTIME);
  CHECK(ASN1_STRING_type(X509_get0_notAfter(certificate.get())) == V_ASN1_GENERALIZEDTIME);
}

TEST_CASE("an extension is for TLS servers alone, and one that was not made is not added") {
  const X509Ptr certificate(X509_new());
  CHECK(add_server_auth(*certificate));
  CHECK(X509_get_ext_by_NID(certificate.get(), NID_ext_key_usage, -1) == 0);
  CHECK_FALSE(add_extension(*certificate, NID_subject_alt_name, nullptr, true));
}

}  // namespace
}  // namespace sallyport::test

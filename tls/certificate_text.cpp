#include "tls/certificate_text.h"

#include <chrono>
#include <ctime>

#include <openssl/pem.h>

#include "tls/openssl_ptr.h"

namespace sallyport {
namespace {

std::string text_in(BIO& memory) {
  const char* text = nullptr;
  const long bytes = BIO_get_mem_data(&memory, &text);
  return bytes <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(bytes));
}

}  // namespace

std::string subject_text(const X509& certificate) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  if (memory == nullptr) return {};
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_ONELINE);
  return text_in(*memory);
}

std::optional<TimePoint> time_of(const ASN1_TIME& time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(&time, &parts) != 1) return std::nullopt;
  return TimePoint(std::chrono::seconds(timegm(&parts)));
}

std::string date_text(TimePoint time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  char text[16];
  const int bytes = std::snprintf(text, sizeof text, "%04d-%02u-%02u", int(date.year()),
                                  unsigned(date.month()), unsigned(date.day()));
  return {text, static_cast<std::size_t>(bytes)};
}

std::string pem_of(const X509& certificate) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  if (memory == nullptr || PEM_write_bio_X509(memory.get(), &certificate) != 1) return {};
  return text_in(*memory);
}

}  // namespace sallyport

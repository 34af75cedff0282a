#include "tls/openssl_ptr.h"

#include <openssl/err.h>

namespace sallyport {

std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* words = code == 0 ? nullptr : ERR_reason_error_string(code);
  return words == nullptr ? "no reason is known" : words;
}

}  // namespace sallyport

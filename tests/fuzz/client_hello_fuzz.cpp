// Fuzzes the reader of ClientHellos and the guard of later ones against OpenSSL: whatever we
// accept, an origin that runs OpenSSL must read the same name in the same bytes. Chunks must not
// matter.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "policy/values/host.h"
#include "tls/client_hello.h"
#include "tls/first_bytes.h"
#include "tls/hello_guard.h"

namespace {

using sallyport::ByteSpan;
using sallyport::ClientHelloReader;
using sallyport::HelloGuard;
using Progress = ClientHelloReader::Progress;

void require(bool holds) {
  if (!holds) std::abort();
}

// What OpenSSL made of a hello.
struct OpensslReading {
  bool has_hello = false;
  std::optional<std::string> raw_name;  ///< first entry of the extension, as sent
  bool has_name = false;                ///< it went on to the server name callback
  std::optional<std::string> name;      ///< what an application is told
};

int on_hello(SSL* ssl, int*, void* argument) {
  auto& reading = *static_cast<OpensslReading*>(argument);
  reading.has_hello = true;
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) == 1 && size >= 5) {
    const std::size_t name_size = std::size_t{data[3]} << 8 | data[4];
    require(name_size <= size - 5);
    reading.raw_name.emplace(data + 5, data + 5 + name_size);
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

int on_name(SSL* ssl, int*, void* argument) {
  auto& reading = *static_cast<OpensslReading*>(argument);
  reading.has_name = true;
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name != nullptr) reading.name = name;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void compare_with_openssl(ByteSpan hello, const std::optional<std::string>& name) {
  OpensslReading reading;
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(made, 0);
    SSL_CTX_set_security_level(made, 0);
    SSL_CTX_set_tlsext_servername_callback(made, on_name);
    return made;
  }();
  SSL_CTX_set_client_hello_cb(context, on_hello, &reading);
  SSL_CTX_set_tlsext_servername_arg(context, &reading);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context), SSL_free);
  BIO* in = BIO_new_mem_buf(hello.data(), static_cast<int>(hello.size()));
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(ssl.get(), in, BIO_new(BIO_s_mem()));
  const int result = SSL_accept(ssl.get());

  if (reading.has_hello) require(reading.raw_name == name);
  if (reading.has_name) require(reading.name == name);
  // To want more where we saw the end is another reading, too.
  if (!reading.has_hello) require(SSL_get_error(ssl.get(), result) != SSL_ERROR_WANT_READ);
}

// Calls `use` with chunks of one to `seed` bytes.
template <class Use>
void in_chunks(ByteSpan bytes, std::size_t seed, Use use) {
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::size_t size = std::min(bytes.size(), 1 + i * 7 % seed);
    use(bytes.first(size));
    bytes = bytes.subspan(size);
  }
}

void check_reader(ByteSpan bytes, std::size_t seed) {
  ClientHelloReader whole;
  const Progress progress = whole.feed(bytes);
  ClientHelloReader parts;
  Progress parts_progress = Progress::need_more;
  in_chunks(bytes, seed, [&](ByteSpan chunk) { parts_progress = parts.feed(chunk); });
  require(parts_progress == progress);

  const auto kind = sallyport::classify_first_bytes(bytes);
  if (progress == Progress::not_tls) require(kind != sallyport::FirstBytesKind::tls);
  if (progress == Progress::malformed) require(kind == sallyport::FirstBytesKind::tls);
  if (progress != Progress::done) return;
  require(kind == sallyport::FirstBytesKind::tls);
  require(parts.consumed() == whole.consumed());
  require(parts.hello().server_name == whole.hello().server_name);
  require(parts.hello().alpn == whole.hello().alpn);
  compare_with_openssl(bytes.first(whole.consumed()), whole.hello().server_name);
}

// What a guard lets through of `bytes` after a HelloRetryRequest.
std::vector<std::uint8_t> passed_after_retry(HelloGuard& guard, ByteSpan bytes, std::size_t seed) {
  static constexpr std::uint8_t kRetry[] = {
      22,   3,    3,    0,    38,   2,    0,    0,    34,   3,    3,    0xcf, 0x21, 0xad, 0x74,
      0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
      0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
  guard.on_origin(kRetry);
  std::vector<std::uint8_t> passed;
  in_chunks(bytes, seed, [&](ByteSpan chunk) {
    const auto passage = guard.on_client(chunk);
    passed.insert(passed.end(), chunk.begin(),
                  chunk.begin() + static_cast<std::ptrdiff_t>(passage.pass));
    const auto released = guard.take_released();
    passed.insert(passed.end(), released.begin(), released.end());
  });
  return passed;
}

// What is left of the records from the first handshake record on.
ByteSpan at_handshake_record(ByteSpan left) {
  while (!left.empty() && left[0] != 22) {
    if (left.size() < 5) return {};
    left = left.subspan(std::min(left.size(), std::size_t{5} + left[3] * 256U + left[4]));
  }
  return left;
}

void check_guard(ByteSpan bytes, std::size_t seed) {
  const auto host = sallyport::Host::parse_name("origin.example");
  HelloGuard whole(host);
  const auto passed = passed_after_retry(whole, bytes, SIZE_MAX);
  HelloGuard parts(host);
  const auto parts_passed = passed_after_retry(parts, bytes, seed);
  require(whole.is_open() == parts.is_open());
  require(whole.is_holding() == parts.is_holding());
  // Of a flight that is refused, less may pass where more of it was seen at once.
  const bool is_refused = whole.on_origin({}) != HelloGuard::Verdict::proceed;
  require(is_refused == (parts.on_origin({}) != HelloGuard::Verdict::proceed));
  if (!is_refused) require(passed == parts_passed);

  // The first handshake record that passed begins a hello that names the host; behind it none
  // passes before the origin answered.
  require(!whole.is_open());
  ByteSpan left = at_handshake_record(passed);
  while (left.size() >= 5 && left[0] == 22 && left[3] == 0 && left[4] == 0) left = left.subspan(5);
  if (left.empty() || left[0] != 22) return;
  ClientHelloReader reader;
  require(reader.feed(left) == Progress::done);
  require(sallyport::Host::parse_name(reader.hello().server_name.value()) == host);
  compare_with_openssl(left.first(reader.consumed()), reader.hello().server_name);
  require(at_handshake_record(left.subspan(reader.consumed())).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The last byte, so that a corpus file is the hello itself and one byte.
  const std::size_t seed = 1 + data[size - 1];
  const ByteSpan bytes(data, size - 1);
  check_reader(bytes, seed);
  check_guard(bytes, seed);
  return 0;
}

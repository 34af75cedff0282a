#include "proxy/first_bytes_reader.h"

#include "policy/facts_of.h"
#include "tls/first_bytes.h"

namespace sallyport {

bool FirstBytesReader::add(std::string_view chunk, std::string_view all, Facts& facts) {
  const ClientHelloReader::Progress progress = hello_.feed(bytes_of(chunk));
  is_in_hello_ = progress == ClientHelloReader::Progress::need_more;
  switch (progress) {
    case ClientHelloReader::Progress::need_more:
      return false;
    case ClientHelloReader::Progress::done: {
      hello_bytes_ = hello_.consumed();
      HelloWords words{.alpn = hello_.hello().alpn, .has_ech = hello_.hello().has_ech};
      if (hello_.hello().server_name) words.server_name = *hello_.hello().server_name;
      add_hello(facts, words);
      return true;
    }
    case ClientHelloReader::Progress::malformed:
      add_malformed_hello(facts);
      return true;
    case ClientHelloReader::Progress::not_tls:
      break;
  }
  const FirstBytesKind kind = classify_first_bytes(bytes_of(all));
  if (kind == FirstBytesKind::need_more) return false;
  add_first_bytes(facts,
                  kind == FirstBytesKind::http ? FirstBytes::Kind::http : FirstBytes::Kind::other);
  return true;
}

std::string_view FirstBytesReader::sent_name() const {
  if (hello_bytes_ == 0 || !hello().server_name) return {};
  return *hello().server_name;
}

}  // namespace sallyport

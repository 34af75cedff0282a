// Reads what a tunnel begins with into facts: the ClientHello, or what else it is. Used by the
// session before the verdict, and by the tunnel of a client that was silent then. Sans I/O, one per
// tunnel.
#pragma once

#include <cstddef>
#include <string_view>

#include "policy/values/facts.h"
#include "tls/client_hello.h"

namespace sallyport {

class FirstBytesReader {
 public:
  /// Takes the next chunk; `all` is everything so far, this chunk included. True once the first
  /// bytes are known and stand in `facts` (a contradiction too); false while more is needed.
  bool add(std::string_view chunk, std::string_view all, Facts& facts);

  /// A hello has begun and is not whole yet.
  bool is_in_hello() const { return is_in_hello_; }
  /// Bytes of the hello's records, among all; 0: no TLS.
  std::size_t hello_bytes() const { return hello_bytes_; }
  /// The hello, once add() said true and hello_bytes() is not 0.
  const ClientHello& hello() const { return hello_.hello(); }
  /// The hello's name as it was sent; empty where there is none, or no hello.
  std::string_view sent_name() const;

 private:
  ClientHelloReader hello_;
  std::size_t hello_bytes_ = 0;
  bool is_in_hello_ = false;
};

}  // namespace sallyport

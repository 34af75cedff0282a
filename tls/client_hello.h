// Reads the first ClientHello of a tunnel from the bytes that the client sent, without OpenSSL
// (SEMANTICS.md section 9, TLS in tunnels). It does no I/O and keeps no bytes but those of a hello
// that is split over chunks or records; who feeds it keeps the bytes and sends them on. Not
// thread-safe; one per tunnel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tls/hello_assembler.h"
#include "tls/hello_message.h"
#include "tls/record_walker.h"

namespace sallyport {

/// Incremental and strict: up to 64 KiB of hello in up to 64 records, 16 of them empty. What the
/// bytes are does not depend on the chunks they come in.
class ClientHelloReader {
 public:
  enum class Progress : std::uint8_t {
    need_more,  ///< so far it may become a hello
    done,       ///< hello() and consumed() hold
    not_tls,    ///< no TLS record begins here; ask classify_first_bytes() what it is
    malformed,  ///< begins a TLS record and is no hello: `malformed_client_hello`
  };

  /// Takes the next chunk. Once it said anything but need_more, it says that ever after and looks
  /// at nothing more.
  Progress feed(ByteSpan chunk);

  /// Valid while this reader lives. REQUIRES: feed() said done.
  const ClientHello& hello() const { return assembler_.hello(); }

  /// How many of the bytes fed belong to the records of the hello. What the last chunk holds beyond
  /// them has to pass HelloGuard. REQUIRES: feed() said done.
  std::size_t consumed() const { return consumed_; }

 private:
  Progress check_start(ByteSpan chunk);
  Progress read_records(ByteSpan chunk);

  RecordWalker walker_;
  HelloAssembler assembler_;
  std::size_t consumed_ = 0;
  std::uint8_t first_byte_ = 0;
  Progress progress_ = Progress::need_more;
};

}  // namespace sallyport

// Watches a tunnel after its first ClientHello was sent on, until it is sure that no later hello
// names another host (SEMANTICS.md section 9, TLS in tunnels; RFC 8446 4.1.2). A hello that a
// HelloRetryRequest asked for goes on once it was checked, and what follows it is watched in the
// same way, until the origin answers by something that asks for none. Sans I/O: the two pumps of
// the relay show it what they read, and it says what may go on. Owned by one tunnel, on one thread;
// dropped as soon as it is open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/values/host.h"
#include "tls/hello_assembler.h"
#include "tls/origin_answer.h"
#include "tls/record_walker.h"

namespace sallyport {

/// Flow:
///   once the hello was sent, pass what the client sent behind it (ClientHelloReader::consumed())
///     to on_client() before anything else of the client;
///   client pump, for each chunk: `passage = on_client(chunk)`; unless refused, send the first
///     `passage.pass` bytes of the chunk, then all of take_released(); the guard keeps the rest;
///   origin pump, for each chunk, before it goes to the client: `on_origin(chunk)`; unless refused,
///     send the chunk to the client as it is, and all of take_released() to the origin;
///   when is_open() is true and take_released() was sent, both pumps go on without the guard.
/// An end of the client's stream while is_holding() is told to the origin only after what is held.
/// A refusal is final: nothing more of the client may go to the origin.
class HelloGuard {
 public:
  enum class Verdict : std::uint8_t {
    proceed,
    mismatch,   ///< a hello names another host, or none: `sni_mismatch`
    malformed,  ///< `malformed_client_hello`
  };

  struct Passage {
    Verdict verdict = Verdict::proceed;
    /// Leading bytes of the chunk that may go on now; not 0 only if nothing was held before.
    std::size_t pass = 0;
  };

  /// Held at most, in bytes: a hello of the largest size, its record headers, and early data behind
  /// it. More is malformed.
  static constexpr std::size_t kHeldBytesMax = 128 * 1024;

  /// `expected` is the canonical name of the first hello; absent if it had none (an address
  /// literal, or `tls: optional`): then no later one may have one.
  explicit HelloGuard(std::optional<Host> expected) : expected_(std::move(expected)) {}

  /// The client sent `chunk`. Change_cipher_spec, alerts and early data pass; from the first byte
  /// of a handshake record on everything is held, in order, until the origin's answer is known and
  /// every hello in it was found to name the expected host. That again after each hello that was
  /// asked for.
  Passage on_client(ByteSpan chunk);

  /// The origin sent `chunk`, which passes whatever this says. Once open nothing is looked at.
  Verdict on_origin(ByteSpan chunk);

  /// Bytes that were held and may go to the origin now, before anything newer; empty if there are
  /// none. Moves them out.
  std::vector<std::uint8_t> take_released();

  /// The name in the hello that was refused for its name, as it was sent; empty if it has none, or
  /// something else was refused. Valid while the guard lives.
  std::string_view refused_name() const;

  /// Nothing more needs watching.
  bool is_open() const { return is_open_; }

  /// Bytes of the client are kept back.
  bool is_holding() const { return held_.size() > cleared_; }

 private:
  enum class Message : std::uint8_t { none, hello, other };

  Verdict scan_client(ByteSpan chunk);
  Verdict scan_piece(const RecordWalker::Piece& piece);
  Verdict scan_handshake(const RecordWalker::Piece& piece);
  Verdict add_to_hello(const RecordWalker::Piece& piece);
  Verdict check_name(const ClientHello& hello) const;
  ByteSpan skip_other(ByteSpan payload);
  bool is_asked() const { return origin_.retry_requests() > answered_requests_; }
  void release_if_answered(std::size_t scanned);
  Verdict refuse(Verdict verdict);

  std::optional<Host> expected_;
  OriginAnswer origin_;
  bool is_open_ = false;
  Verdict verdict_ = Verdict::proceed;  ///< sticky once it is a refusal

  RecordWalker client_;
  int answered_requests_ = 0;        ///< HelloRetryRequests whose hello was checked
  std::vector<std::uint8_t> held_;   ///< of the client: kept back, or not taken yet
  std::size_t cleared_ = 0;          ///< leading bytes of held_ that may go
  bool holds_ = false;               ///< a handshake record has begun; all that follows is held
  bool awaits_message_ = false;      ///< in a handshake record of which no payload came yet
  Message message_ = Message::none;  ///< the handshake message that is under way
  Message first_ = Message::none;    ///< the flight's first one; a hello once it was checked
  bool is_refused_by_name_ = false;  ///< the hello that is whole in assembler_
  std::optional<HelloAssembler> assembler_;
  std::size_t other_header_bytes_ = 0;  ///< of the message under way, so far
  std::size_t other_bytes_left_ = 0;
};

}  // namespace sallyport

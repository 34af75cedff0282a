// TLS over a TCP socket as a stream: the plaintext of a tls/ engine, with the socket's readiness.
// On one worker's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/stream.h"
#include "tls/tls_engine.h"

namespace sallyport {

/// Ciphertext on its way between a socket and an engine; one for all connections of a worker, since
/// nobody keeps a view of it across a wait.
struct TlsBuffers {
  TlsBuffers() : in(kBytes) {}

  static constexpr std::size_t kBytes = 64 * 1024;
  std::vector<char> in;
  std::string out;
  std::string joined;  ///< plaintext of two pieces that leave as one record
};

/// What a connection keeps for its TLS. Idle it holds no buffer.
struct TlsConnection {
  explicit TlsConnection(SslPtr ssl, std::string_view first = {}) : engine(std::move(ssl), first) {}

  TlsEngine engine;
  std::string unsent;        ///< ciphertext that the socket did not take
  std::size_t promised = 0;  ///< plaintext in it that write() has not owned to
  /// When its handshake was done.
  steady_clock::time_point established{};
  /// An end would say that all was told, which is not so, or comes too early: none is said.
  bool is_truncated = true;
};

class TlsStream final : public Stream {
 public:
  /// All of them outlive it.
  TlsStream(TlsBuffers& buffers, Socket& socket, TlsConnection& connection)
      : buffers_(buffers), socket_(socket), connection_(connection) {}

  enum class Handshake : std::uint8_t {
    done,
    failed,     ///< the engine says why
    ended,      ///< the peer ended or reset the connection
    cancelled,  ///< the wait was
  };
  task<Handshake> shake_hands();

  ssize_t read(std::span<char> into) override;
  ssize_t write(std::string_view first, std::string_view second) override;
  void when(Reactor::Until what, ReadyHandler handler) override;
  /// By close_notify, unless the connection is truncated.
  void finish_writing() override;
  void cancel() override;
  Socket* plain_socket() override { return nullptr; }
  Socket* transport() override { return &socket_; }

 private:
  /// Sends what the engine wrote to `buffers_.out`, and keeps what the socket does not take.
  bool send_out();
  /// False: not all of what was kept is sent; errno says why.
  bool flush();

  TlsBuffers& buffers_;
  Socket& socket_;
  TlsConnection& connection_;
  bool is_cancelled_ = false;
};

/// The stream of a connection: TLS where there is `tls`, else the socket as it is. All outlive it.
class ConnectionStream {
 public:
  ConnectionStream(TlsBuffers& buffers, Socket& socket, TlsConnection* tls) {
    if (tls != nullptr) {
      tls_.emplace(buffers, socket, *tls);
    } else {
      plain_.emplace(socket);
    }
  }
  ConnectionStream(const ConnectionStream&) = delete;
  ConnectionStream& operator=(const ConnectionStream&) = delete;

  Stream& operator*() { return tls_ ? static_cast<Stream&>(*tls_) : *plain_; }
  Stream* operator->() { return &**this; }

 private:
  std::optional<SocketStream> plain_;
  std::optional<TlsStream> tls_;
};

}  // namespace sallyport

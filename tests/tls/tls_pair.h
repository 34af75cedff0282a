// Two ends of TLS that speak through memory, and certificates that are good today.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/tls/authority_maker.h"
#include "tls/certificate_authority.h"
#include "tls/client_tls.h"
#include "tls/tls_engine.h"

namespace sallyport::test {

inline TimePoint now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// A CA that is good today, for names below x.org.
inline Made make_ca_of_now(Wanted wanted = {}) {
  wanted.from = now() - 1h;
  wanted.until = now() + 90 * 24h;
  return make(wanted);
}

inline std::shared_ptr<const CertificateAuthority> load(const Made& ca) {
  const CaFolder folder;
  const std::vector<std::string> files = {folder.write("ca.pem", certificate_pem(ca))};
  AuthorityFaults faults;
  return CertificateAuthority::load(files, folder.write("ca.key", key_pem(ca)), now(), faults);
}

/// The other end of ClientTls: OpenSSL as a client that trusts the CA and asks for `name`.
struct PlainClient {
  explicit PlainClient(const Made* trusted) : context(SSL_CTX_new(TLS_client_method())) {
    if (trusted == nullptr) return;
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), trusted->certificate.get());
  }

  SslPtr ask_for(std::string name) const {
    SslPtr ssl(SSL_new(context.get()));
    SSL_set_connect_state(ssl.get());
    if (name.empty()) return ssl;
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    SSL_set1_host(ssl.get(), name.c_str());
    return ssl;
  }

  SslCtxPtr context;
};

/// Ciphertext between two engines, handed over in pieces of so many bytes.
struct TlsPair {
  TlsPair(SslPtr client_end, SslPtr server_end, std::size_t piece = SIZE_MAX)
      : client(std::move(client_end)), server(std::move(server_end)), piece_bytes(piece) {}

  using Progress = TlsEngine::Progress;

  /// Both go on until neither can.
  void shake_hands() {
    client_progress = client.handshake(TlsWire{{}, to_server});
    while (!to_server.empty() || !to_client.empty()) {
      step(server, to_server, to_client, server_progress);
      step(client, to_client, to_server, client_progress);
    }
  }
  bool is_done() const {
    return client_progress == Progress::done && server_progress == Progress::done;
  }

  void step(TlsEngine& engine, std::string& in, std::string& out, Progress& progress) const {
    const std::string piece = in.substr(0, piece_bytes);
    in.erase(0, piece.size());
    if (piece.empty()) return;
    if (progress == Progress::need_more) {
      progress = engine.handshake(TlsWire{piece, out});
      return;
    }
    char none = 0;  // tickets, or an alert
    engine.read({&none, 0}, TlsWire{piece, out});
  }

  /// What the server reads of `ciphertext`, in pieces, with `room` bytes for each read.
  std::string server_reads(std::string_view ciphertext, std::size_t room = 65536) {
    std::string plain;
    std::vector<char> into(room);
    std::string answer;
    do {
      const std::string_view piece = ciphertext.substr(0, piece_bytes);
      ciphertext.remove_prefix(piece.size());
      last_read = server.read(into, TlsWire{piece, answer});
      plain.append(into.data(), last_read.bytes);
      while (last_read.state == TlsEngine::Read::State::full) {
        last_read = server.read(into, TlsWire{{}, answer});
        plain.append(into.data(), last_read.bytes);
      }
    } while (!ciphertext.empty());
    return plain;
  }

  TlsEngine client;
  TlsEngine server;
  std::size_t piece_bytes;
  std::string to_server;
  std::string to_client;
  Progress client_progress = Progress::need_more;
  Progress server_progress = Progress::need_more;
  TlsEngine::Read last_read;
};

}  // namespace sallyport::test

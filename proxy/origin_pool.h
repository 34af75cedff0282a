// A worker's idle connections to origins, kept for the next request to the same host, port and
// address, TLS or not (SEMANTICS.md section 11, Idle connections). On its worker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/values/ip_address.h"
#include "proxy/deadlines.h"
#include "proxy/socket.h"
#include "proxy/tls_stream.h"

namespace sallyport {

/// An open connection to an origin.
struct OriginConnection {
  /// `under`: the pool's era before it was dialled.
  OriginConnection(Socket open, const IpAddress& to, std::uint64_t under = 0)
      : socket(std::move(open)), address(to), era(under) {}

  Socket socket;
  IpAddress address;
  std::uint64_t era;
  std::unique_ptr<TlsConnection> tls;  ///< of an origin that has proved to be the host; null: none
  /// It was idle behind an exchange, so that its origin may be ending it as a request goes out.
  bool has_served = false;
};

/// Where a connection leads.
struct OriginName {
  std::string_view host;
  std::uint16_t port = 0;
  bool is_tls = false;
};

class OriginPool {
 public:
  /// Idle connections at once; the oldest makes room. They take descriptors beside the sessions'.
  static constexpr std::size_t kIdleMax = 64;

  /// Both outlive it.
  OriginPool(Deadlines& deadlines, TlsBuffers& buffers)
      : deadlines_(deadlines), buffers_(buffers) {}
  OriginPool(const OriginPool&) = delete;
  OriginPool& operator=(const OriginPool&) = delete;

  /// The youngest that leads there, at one of these addresses, was idle for at most `idle_max`, and
  /// has neither ended nor been sent anything unasked.
  std::optional<OriginConnection> take(const OriginName& name, std::span<const IpAddress> addresses,
                                       steady_clock::duration idle_max);
  /// take() would find one.
  bool has(const OriginName& name, std::span<const IpAddress> addresses,
           steady_clock::duration idle_max);

  /// Keeps a connection whose last exchange was whole, and that is of this era. REQUIRES: it has
  /// TLS if the name says so.
  void give(const OriginName& name, OriginConnection connection);

  /// Closes all, and those that are in use when they are given back: what they were dialled from,
  /// or proved by, holds no more.
  void clear() {
    ++era_;
    idle_.clear();
  }
  std::uint64_t era() const { return era_; }

 private:
  /// Closes when it was idle for `timeouts.origin_idle`.
  class Idle final : public Watched {
   public:
    Idle(OriginPool& pool, const OriginName& to, OriginConnection open)
        : host(to.host), port(to.port), connection(std::move(open)), pool_(pool) {}
    void expire() override;
    bool leads_to(const OriginName& name, std::span<const IpAddress> addresses) const;

    const std::string host;
    const std::uint16_t port;
    OriginConnection connection;

   private:
    OriginPool& pool_;
  };

  /// The youngest that fits and lives; those that do not live are closed.
  std::list<Idle>::iterator find(const OriginName& name, std::span<const IpAddress> addresses,
                                 steady_clock::duration idle_max);
  bool is_quiet(OriginConnection& connection);

  Deadlines& deadlines_;
  TlsBuffers& buffers_;
  std::uint64_t era_ = 0;
  std::list<Idle> idle_;  ///< the oldest first
};

}  // namespace sallyport

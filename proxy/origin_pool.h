// A worker's idle connections to origins, kept for the next request to the same host, port and
// address (SEMANTICS.md section 11, Idle connections). On its worker's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/values/ip_address.h"
#include "proxy/deadlines.h"
#include "proxy/http/field_lines.h"
#include "proxy/socket.h"

namespace sallyport {

/// An open connection to an origin.
struct OriginConnection {
  OriginConnection(Socket open, const IpAddress& to) : socket(std::move(open)), address(to) {}

  Socket socket;
  IpAddress address;
};

/// The request or its answer logs in by NTLM or Negotiate: that holds for the connection, which is
/// then nobody else's.
bool is_of_one_client(const FieldLines& request, const FieldLines& answer);

class OriginPool {
 public:
  /// Idle connections at once; the oldest makes room. They take descriptors beside the sessions'.
  static constexpr std::size_t kIdleMax = 64;

  explicit OriginPool(Deadlines& deadlines) : deadlines_(deadlines) {}
  OriginPool(const OriginPool&) = delete;
  OriginPool& operator=(const OriginPool&) = delete;

  /// The youngest that leads to this host and port, at one of these addresses, was idle for at most
  /// `idle_max`, and has neither ended nor been sent anything unasked.
  std::optional<OriginConnection> take(std::string_view host, std::uint16_t port,
                                       std::span<const IpAddress> addresses,
                                       steady_clock::duration idle_max);

  /// Keeps a connection whose last exchange was whole.
  void give(std::string_view host, std::uint16_t port, OriginConnection connection);

  /// Closes all.
  void clear() { idle_.clear(); }

 private:
  /// Closes when it was idle for `timeouts.origin_idle`.
  class Idle final : public Watched {
   public:
    Idle(OriginPool& pool, std::string_view to_host, std::uint16_t to_port, OriginConnection open)
        : host(to_host), port(to_port), connection(std::move(open)), pool_(pool) {}
    void expire() override;

    const std::string host;
    const std::uint16_t port;
    OriginConnection connection;

   private:
    OriginPool& pool_;
  };

  Deadlines& deadlines_;
  std::list<Idle> idle_;  ///< the oldest first
};

}  // namespace sallyport

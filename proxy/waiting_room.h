// Connections above their client's limit: accepted, left unread, served in order of arrival once
// one of that client's ends (SEMANTICS.md section 11). One per worker, on its thread; the order
// over all workers is kept by ClientSlots.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "policy/values/ip_address.h"
#include "proxy/deadlines.h"
#include "proxy/place.h"
#include "proxy/session.h"
#include "proxy/socket.h"

namespace sallyport {

class Worker;

class WaitingRoom final : public ClientQueue {
 public:
  explicit WaitingRoom(Worker& worker);
  ~WaitingRoom();

  /// Starts a session at once, lets the connection wait, or refuses it.
  void enter(Arrival arrival, Socket socket, Place place);
  bool is_empty() const { return waiting_.empty(); }
  /// Closes whoever waits.
  void close();

  /// Any thread.
  void admit(const IpAddress& client, std::uint64_t ticket) override;

 private:
  struct Guest;

  void seat(const IpAddress& client, std::uint64_t ticket);
  void give_up(const IpAddress& client, std::uint64_t ticket);
  void see_off(Arrival arrival, Socket socket, Place place);
  void turn_away(std::uint64_t number);

  Worker& worker_;
  /// By ticket; tickets are unique within a shard of ClientSlots, so the client is part of the key.
  std::map<std::pair<IpAddress, std::uint64_t>, std::unique_ptr<Guest>> waiting_;
  /// To be refused once their request is here, by a number of their own.
  std::map<std::uint64_t, std::unique_ptr<Guest>> leaving_;
  std::uint64_t last_leaving_ = 0;
};

}  // namespace sallyport

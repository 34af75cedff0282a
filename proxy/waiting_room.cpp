#include "proxy/waiting_room.h"

#include "proxy/http/reply.h"
#include "proxy/session.h"
#include "proxy/system_calls.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// After this long a refused client may come again.
constexpr std::chrono::seconds kRetryAfter{5};
/// So many refused connections stay open for a moment; a flood of them takes no more.
constexpr std::size_t kLeavingMax = 64;

/// Takes in what the connection sent. False: nothing is here yet, or it has ended.
bool read_request(Worker& worker, const Socket& socket) {
  const std::span<char> scratch = worker.scratch();
  return sys::recv(socket.fd(), scratch.data(), scratch.size()) > 0;
}

/// Tells a connection that it is one too many, and records that.
void refuse(Worker& worker, const Arrival& arrival, const Socket& socket) {
  Attempt attempt(worker.recorder(), Event::connect, arrival.listener, arrival.client,
                  worker.now());
  attempt.record().policy = worker.policy_hash();
  attempt.set_decision(Decision::block, Reason::connection_limit, {}, Stage::connect);
  attempt.record().status = info(Reason::connection_limit).status;
  attempt.finish();
  const std::string reply = refusal({.reason = Reason::connection_limit,
                                     .time = worker.now(),
                                     .contact = worker.snapshot().contact,
                                     .retry_after = kRetryAfter});
  sys::send(socket.fd(), reply.data(), reply.size());
}

}  // namespace

struct WaitingRoom::Guest final : Watched {
  Guest(WaitingRoom& in, Arrival from, Socket connection, Place takes, std::uint64_t number)
      : room(in),
        arrival(from),
        socket(std::move(connection)),
        place(std::move(takes)),
        ticket(number) {}

  void expire() override {
    if (is_leaving) {
      room.leaving_.erase(ticket);
    } else {
      room.give_up(arrival.client, ticket);
    }
  }

  WaitingRoom& room;
  Arrival arrival;
  Socket socket;
  Place place;
  std::uint64_t ticket;
  bool is_leaving = false;
};

WaitingRoom::WaitingRoom(Worker& worker) : worker_(worker) {}
WaitingRoom::~WaitingRoom() { close(); }

void WaitingRoom::enter(Arrival arrival, Socket socket, Place place) {
  ClientSlots& slots = worker_.gate().slots;
  const ClientSlots::Entry entry = slots.enter(arrival.client, *this);
  switch (entry.outcome) {
    case ClientSlots::Entry::Outcome::admitted:
      place.take_slot(ClientSlot(&slots, arrival.client));
      start_session(worker_, arrival, std::move(socket), std::move(place));
      return;
    case ClientSlots::Entry::Outcome::refused:
      see_off(arrival, std::move(socket), std::move(place));
      return;
    case ClientSlots::Entry::Outcome::waiting:
      break;
  }
  auto guest =
      std::make_unique<Guest>(*this, arrival, std::move(socket), std::move(place), entry.ticket);
  worker_.deadlines().arm(*guest, Phase::waiting_for_slot);
  waiting_.emplace(std::pair(arrival.client, entry.ticket), std::move(guest));
}

void WaitingRoom::admit(const IpAddress& client, std::uint64_t ticket) {
  asio::post(worker_.executor(), [this, client, ticket] { seat(client, ticket); });
}

void WaitingRoom::seat(const IpAddress& client, std::uint64_t ticket) {
  ClientSlot slot(&worker_.gate().slots, client);
  const auto found = waiting_.find({client, ticket});
  if (found == waiting_.end()) return;  // closed meanwhile; the slot goes on to the next
  const std::unique_ptr<Guest> guest = std::move(found->second);
  waiting_.erase(found);
  guest->place.take_slot(std::move(slot));
  start_session(worker_, guest->arrival, std::move(guest->socket), std::move(guest->place));
}

void WaitingRoom::give_up(const IpAddress& client, std::uint64_t ticket) {
  // Its turn may have come at this very moment; then it is about to be seated.
  if (!worker_.gate().slots.leave_queue(client, ticket)) return;
  const auto found = waiting_.find({client, ticket});
  if (found == waiting_.end()) return;
  const std::unique_ptr<Guest> guest = std::move(found->second);
  waiting_.erase(found);
  // Who never sent a byte waits for nothing, and is told and recorded nothing.
  if (read_request(worker_, guest->socket)) refuse(worker_, guest->arrival, guest->socket);
}

// Only who asks is told and recorded. Closing before the request is here would answer it by a
// reset.
void WaitingRoom::see_off(Arrival arrival, Socket socket, Place place) {
  if (read_request(worker_, socket)) return refuse(worker_, arrival, socket);
  if (leaving_.size() >= kLeavingMax) return;
  const std::uint64_t number = ++last_leaving_;
  auto guest = std::make_unique<Guest>(*this, arrival, std::move(socket), std::move(place), number);
  guest->is_leaving = true;
  worker_.deadlines().arm(*guest, Phase::linger);
  Guest& leaves = *leaving_.emplace(number, std::move(guest)).first->second;
  leaves.socket.when(Reactor::Until::readable, [this, number](error_code error) {
    if (!error) turn_away(number);
  });
}

void WaitingRoom::turn_away(std::uint64_t number) {
  const auto found = leaving_.find(number);
  if (found == leaving_.end()) return;
  const std::unique_ptr<Guest> guest = std::move(found->second);
  leaving_.erase(found);
  if (read_request(worker_, guest->socket)) refuse(worker_, guest->arrival, guest->socket);
}

void WaitingRoom::close() {
  for (const auto& [key, guest] : waiting_) {
    worker_.gate().slots.leave_queue(key.first, key.second);
  }
  waiting_.clear();
  leaving_.clear();
}

}  // namespace sallyport

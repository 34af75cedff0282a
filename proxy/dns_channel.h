// One c-ares channel on a worker's io_context: c-ares sends, repeats, goes from one DNS server to
// the next, changes to TCP and recognises its answers; Asio says when a socket is ready or time is
// over. c-ares owns its sockets, Asio only watches them. Not safe for threads.
//
// What c-ares 1.18 checks of an answer: source address and port (its UDP sockets are connected),
// the 16-bit id and the question; anything else is ignored and the question waits on. It has one
// socket a server for as long as questions are out, so DnsClient spreads names over channels for a
// fresh source port each; and its ids come from RC4, so ours are drawn from getrandom(2) instead.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ares.h>

#include "policy/values/server_address.h"
#include "proxy/dns_answer.h"
#include "proxy/net.h"

namespace sallyport {

/// Told the answer, once, on the worker's thread, possibly before `ask` returns.
using DnsHandler = std::function<void(const DnsAnswer&)>;

/// How long to wait for a server, and how often to ask.
struct DnsPatience {
  std::chrono::milliseconds attempt{2'000};
  /// Attempts in all for one question; every server is asked at least once.
  int attempts = 2;

  friend bool operator==(const DnsPatience&, const DnsPatience&) = default;
};

/// A fixed list of DNS servers, and questions to them. Destroying it drops open questions without a
/// word to their handlers; not allowed within a handler.
class DnsChannel : public std::enable_shared_from_this<DnsChannel> {
 public:
  /// REQUIRES: servers is not empty. nullptr if c-ares cannot be set up (no memory).
  static std::shared_ptr<DnsChannel> open(executor worker,
                                          const std::vector<ServerAddress>& servers,
                                          DnsPatience patience);

  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;
  ~DnsChannel();

  /// Asks for the records of a canonical name, exactly that name. With EDNS, and once more without
  /// it if the server says FORMERR. The handler may ask again.
  void ask(const std::string& canonical_name, DnsType type, DnsHandler handler);

  /// Questions that are not answered yet.
  std::size_t open_questions() const { return open_questions_; }

  /// Since when there has been one at any time, and so the same source port; of an idle channel
  /// without meaning.
  steady_clock::time_point busy_since() const { return busy_since_; }

 private:
  struct Question;
  struct Watch;

  explicit DnsChannel(executor worker) : timer_(worker) {}

  void send(std::unique_ptr<Question> question);
  static void on_answer(void* question, int status, int timeouts, unsigned char* bytes, int size);
  static void on_socket_state(void* self, ares_socket_t fd, int wants_read, int wants_write);
  void watch(ares_socket_t fd, bool wants_read, bool wants_write);
  void wait(const std::shared_ptr<Watch>& watch);
  void process(ares_socket_t readable, ares_socket_t writable);
  void arm_timer();

  ares_channel channel_ = nullptr;
  steady_timer timer_;
  std::map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  std::size_t open_questions_ = 0;
  steady_clock::time_point busy_since_{};
};

}  // namespace sallyport

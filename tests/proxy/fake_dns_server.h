// A DNS server for tests: UDP and TCP on one port of 127.0.0.1, in a thread of its own, with a
// script that says what each name is answered. It keeps a list of what it was asked.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "policy/values/ip_address.h"

namespace sallyport::testing {

struct DnsQuestion {
  std::string name;  // lower case, dotted, no trailing dot
  std::uint16_t type = 0;
  bool is_tcp = false;
  bool has_edns = false;
  std::uint16_t source_port = 0;
};

/// What the script answers; the default is NOERROR without a record.
struct DnsReply {
  struct Record {
    std::string owner;
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    std::string data;
  };
  int rcode = 0;
  std::vector<Record> answers;
  std::vector<Record> authority;
  bool is_dropped = false;
  bool is_truncated = false;     // over UDP: the TC bit and no record
  bool is_forged_first = false;  // over UDP: a wrong id, then another question, before the true one

  static std::string wire(std::string_view name) {
    std::string bytes;
    while (!name.empty()) {
      const std::string_view label = name.substr(0, name.find('.'));
      bytes += static_cast<char>(label.size());
      bytes += label;
      name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    return bytes + '\0';
  }
  static std::string number(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
    return text;
  }

  /// No record and this response code.
  static DnsReply code(int rcode) {
    DnsReply reply;
    reply.rcode = rcode;
    return reply;
  }

  DnsReply& address(const std::string& owner, std::string_view text, std::uint32_t ttl) {
    const IpAddress parsed = IpAddress::parse(text).value();
    const auto raw = parsed.bytes();
    answers.push_back({owner, static_cast<std::uint16_t>(parsed.is_v4() ? 1 : 28), ttl,
                       std::string(raw.begin(), raw.end())});
    return *this;
  }
  DnsReply& cname(const std::string& owner, std::string_view target, std::uint32_t ttl) {
    answers.push_back({owner, 5, ttl, wire(target)});
    return *this;
  }
  DnsReply& soa(const std::string& owner, std::uint32_t ttl, std::uint32_t minimum) {
    authority.push_back({owner, 6, ttl,
                         wire("ns." + owner) + wire("root." + owner) + number(1, 4) +
                             number(3600, 4) + number(600, 4) + number(86400, 4) +
                             number(minimum, 4)});
    return *this;
  }

  /// The message, `question` being the bytes of the question section.
  std::string message(std::uint16_t id, const std::string& question, bool has_truncation) const {
    const bool is_empty = has_truncation;
    std::string bytes = number(id, 2);
    bytes += number(0x8180U | (has_truncation ? 0x0200U : 0U) | static_cast<unsigned>(rcode), 2);
    bytes += number(1, 2);
    bytes += number(is_empty ? 0 : static_cast<std::uint32_t>(answers.size()), 2);
    bytes += number(is_empty ? 0 : static_cast<std::uint32_t>(authority.size()), 2);
    bytes += number(0, 2) + question;
    if (is_empty) return bytes;
    for (const auto* section : {&answers, &authority}) {
      for (const Record& record : *section) {
        bytes += wire(record.owner) + number(record.type, 2) + number(1, 2);
        bytes += number(record.ttl, 4);
        bytes += number(static_cast<std::uint32_t>(record.data.size()), 2) + record.data;
      }
    }
    return bytes;
  }
};

class FakeDnsServer {
 public:
  using Script = std::function<DnsReply(const DnsQuestion&)>;

  /// Port 0: any that is free for UDP and TCP.
  explicit FakeDnsServer(Script script, std::uint16_t port = 0) : script_(std::move(script)) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const int on = 1;
      ::setsockopt(tcp_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      if (bind_to(udp_, port) && bind_to(tcp_, port_of(udp_)) && ::listen(tcp_, 64) == 0) {
        port_ = port_of(udp_);
        thread_ = std::thread([this] { serve(); });
        return;
      }
      ::close(udp_);
      ::close(tcp_);
    }
    throw std::runtime_error("no port for the fake DNS server");
  }
  ~FakeDnsServer() {
    is_over_ = true;
    thread_.join();
    ::close(udp_);
    ::close(tcp_);
  }
  FakeDnsServer(const FakeDnsServer&) = delete;
  FakeDnsServer& operator=(const FakeDnsServer&) = delete;

  std::uint16_t port() const { return port_; }

  std::vector<DnsQuestion> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::size_t count(std::string_view name, std::uint16_t type) const {
    const auto all = asked();
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [&](const DnsQuestion& one) { return one.name == name && one.type == type; }));
  }

 private:
  static bool bind_to(int fd, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  static std::uint16_t port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

  void serve() {
    while (!is_over_) {
      pollfd waiting[] = {{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
      if (::poll(waiting, 2, 20) <= 0) continue;
      if ((waiting[0].revents & POLLIN) != 0) serve_udp();
      if ((waiting[1].revents & POLLIN) != 0) serve_tcp();
    }
  }

  void serve_udp() {
    char buffer[4096];
    sockaddr_in from{};
    socklen_t from_size = sizeof from;
    const ssize_t size =
        ::recvfrom(udp_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &from_size);
    if (size < 17) return;
    const std::string query(buffer, static_cast<std::size_t>(size));
    for (const std::string& bytes : replies(query, false, ntohs(from.sin_port))) {
      ::sendto(udp_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&from),
               from_size);
    }
  }

  /// One question a connection, then its end: enough for us.
  void serve_tcp() {
    const int fd = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const timeval patience{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    unsigned char length[2];
    while (::recv(fd, length, 2, MSG_WAITALL) == 2) {
      std::string query(static_cast<std::size_t>(length[0] * 256 + length[1]), '\0');
      const ssize_t got = ::recv(fd, query.data(), query.size(), MSG_WAITALL);
      if (got < 17 || static_cast<std::size_t>(got) != query.size()) break;
      for (const std::string& bytes : replies(query, true, 0)) {
        const std::string framed =
            DnsReply::number(static_cast<std::uint32_t>(bytes.size()), 2) + bytes;
        ::send(fd, framed.data(), framed.size(), MSG_NOSIGNAL);
      }
    }
    ::close(fd);
  }

  std::vector<std::string> replies(const std::string& query, bool is_tcp, std::uint16_t port) {
    DnsQuestion question;
    question.is_tcp = is_tcp;
    question.source_port = port;
    question.has_edns = query[11] != 0;
    std::size_t at = 12;
    while (at < query.size() && query[at] != 0) {
      const auto length = static_cast<std::size_t>(static_cast<unsigned char>(query[at]));
      question.name += (question.name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += length + 1;
    }
    question.type = static_cast<unsigned char>(query.at(at + 2));
    const std::string section = query.substr(12, at + 5 - 12);
    const auto id = static_cast<std::uint16_t>(static_cast<unsigned char>(query[0]) * 256 +
                                               static_cast<unsigned char>(query[1]));
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(question);
    }
    const DnsReply reply = script_(question);
    if (reply.is_dropped) return {};
    std::vector<std::string> all;
    if (reply.is_forged_first && !is_tcp) {
      DnsReply forged;
      forged.address(question.name, question.type == 1 ? "203.0.113.66" : "2001:db8::66", 300);
      all.push_back(forged.message(static_cast<std::uint16_t>(id + 1), section, false));
      const std::string other = DnsReply::wire("other.test") + section.substr(section.size() - 4);
      all.push_back(forged.message(id, other, false));
    }
    const std::string whole = reply.message(id, section, false);
    const bool is_too_long = whole.size() > (question.has_edns ? 1232U : 512U);
    const bool is_cut = !is_tcp && (reply.is_truncated || is_too_long);
    all.push_back(is_cut ? reply.message(id, section, true) : whole);
    return all;
  }

  Script script_;
  int udp_ = -1;
  int tcp_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_over_ = false;
  mutable std::mutex mutex_;
  std::vector<DnsQuestion> asked_;
  std::thread thread_;
};

}  // namespace sallyport::testing

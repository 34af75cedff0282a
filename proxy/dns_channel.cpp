#include "proxy/dns_channel.h"

#include <netinet/in.h>
#include <sys/random.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace sallyport {
namespace {

// The payload of a UDP answer that passes every path unfragmented (DNS flag day 2020).
constexpr int kUdpPayloadBytes = 1232;
constexpr int kClassInternet = 1;

std::vector<ares_addr_port_node> server_nodes(const std::vector<ServerAddress>& servers) {
  std::vector<ares_addr_port_node> nodes(servers.size());
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const auto bytes = servers[i].address.bytes();
    ares_addr_port_node& node = nodes[i];
    node.next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
    node.family = servers[i].address.is_v4() ? AF_INET : AF_INET6;
    std::memcpy(&node.addr, bytes.data(), bytes.size());
    node.udp_port = node.tcp_port = servers[i].port;
  }
  return nodes;
}

/// c-ares counts attempts a server; each has at least one.
int tries_per_server(int attempts, std::size_t servers) {
  const int count = static_cast<int>(servers);
  return std::max(1, (attempts + count - 1) / count);
}

}  // namespace

struct DnsChannel::Question {
  DnsChannel* channel;
  std::string name;
  DnsType type;
  DnsHandler handler;
  bool has_edns = true;
};

/// A socket of c-ares under Asio's eyes.
struct DnsChannel::Watch {
  explicit Watch(executor worker) : descriptor(worker) {}
  ~Watch() { release(); }

  /// The descriptor is c-ares's to close.
  void release() {
    if (descriptor.is_open()) descriptor.release();
  }

  stream_descriptor descriptor;
  bool wants_read = false;
  bool wants_write = false;
  bool awaits_read = false;
  bool awaits_write = false;
};

std::shared_ptr<DnsChannel> DnsChannel::open(executor worker,
                                             const std::vector<ServerAddress>& servers,
                                             DnsPatience patience) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS) return nullptr;

  const std::shared_ptr<DnsChannel> self(new DnsChannel(worker));
  char dns_only[] = "b";
  in_addr placeholder{};  // until ares_set_servers_ports; so resolv.conf is not read here
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
  options.timeout = static_cast<int>(patience.attempt.count());
  options.tries = tries_per_server(patience.attempts, servers.size());
  options.ndots = 1;
  options.servers = &placeholder;
  options.nservers = 1;
  options.lookups = dns_only;
  options.ednspsz = kUdpPayloadBytes;
  options.sock_state_cb = &DnsChannel::on_socket_state;
  options.sock_state_cb_data = self.get();
  // All that a file or the environment could say is said here: no search domain, no sort list.
  constexpr int kOptions = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                           ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS |
                           ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ |
                           ARES_OPT_NOROTATE;
  if (ares_init_options(&self->channel_, &options, kOptions) != ARES_SUCCESS) {
    self->channel_ = nullptr;
    return nullptr;
  }
  auto nodes = server_nodes(servers);
  if (ares_set_servers_ports(self->channel_, nodes.data()) != ARES_SUCCESS) return nullptr;
  return self;
}

DnsChannel::~DnsChannel() {
  if (channel_ != nullptr) ares_destroy(channel_);
}

void DnsChannel::ask(const std::string& canonical_name, DnsType type, DnsHandler handler) {
  if (open_questions_++ == 0) busy_since_ = steady_clock::now();
  send(std::make_unique<Question>(Question{
      .channel = this, .name = canonical_name, .type = type, .handler = std::move(handler)}));
  arm_timer();
}

void DnsChannel::send(std::unique_ptr<Question> question) {
  std::uint16_t id = 0;
  unsigned char* bytes = nullptr;
  int size = 0;
  int status = ARES_ENOTINITIALIZED;
  if (::getrandom(&id, sizeof id, 0) == static_cast<ssize_t>(sizeof id)) {
    status =
        ares_create_query(question->name.c_str(), kClassInternet, static_cast<int>(question->type),
                          id, 1, &bytes, &size, question->has_edns ? kUdpPayloadBytes : 0);
  }
  if (status == ARES_SUCCESS) {
    ares_send(channel_, bytes, size, &DnsChannel::on_answer, question.release());
  } else {
    on_answer(question.release(), status, 0, nullptr, 0);
  }
  if (bytes != nullptr) ares_free_string(bytes);
}

void DnsChannel::on_answer(void* argument, int status, int, unsigned char* bytes, int size) {
  std::unique_ptr<Question> question(static_cast<Question*>(argument));
  if (status == ARES_EDESTRUCTION) return;
  DnsChannel& channel = *question->channel;
  DnsAnswer answer;
  if (status == ARES_SUCCESS) {
    const std::span<const std::uint8_t> message(bytes, static_cast<std::size_t>(size));
    // c-ares does this too, but for one question a channel only: the first switches EDNS off.
    if (question->has_edns && is_format_error(message)) {
      question->has_edns = false;
      return channel.send(std::move(question));
    }
    answer = read_dns_answer(message, question->name, question->type);
  } else if (status == ARES_ETIMEOUT) {
    answer.kind = DnsAnswer::Kind::timed_out;
  } else if (status == ARES_ENOTFOUND) {
    answer.kind = DnsAnswer::Kind::no_such_name;  // c-ares asks nobody for .onion (RFC 7686)
  }
  --channel.open_questions_;
  question->handler(answer);
}

void DnsChannel::on_socket_state(void* self, ares_socket_t fd, int wants_read, int wants_write) {
  static_cast<DnsChannel*>(self)->watch(fd, wants_read != 0, wants_write != 0);
}

void DnsChannel::watch(ares_socket_t fd, bool wants_read, bool wants_write) {
  if (!wants_read && !wants_write) {  // c-ares closes it next
    const auto closing = watches_.extract(fd);
    if (!closing.empty()) closing.mapped()->release();
    return;
  }
  auto& watch = watches_[fd];
  if (!watch) {
    watch = std::make_shared<Watch>(timer_.get_executor());
    error_code ignored;  // an unwatched socket ends in c-ares's time-out
    watch->descriptor.assign(fd, ignored);
  }
  watch->wants_read = wants_read;
  watch->wants_write = wants_write;
  wait(watch);
}

void DnsChannel::wait(const std::shared_ptr<Watch>& watch) {
  if (!watch->descriptor.is_open()) return;
  const auto on_ready = [this, watch, weak = weak_from_this()](bool is_read) {
    const auto self = weak.lock();
    if (!self || !watch->descriptor.is_open()) return;
    const ares_socket_t fd = watch->descriptor.native_handle();
    process(is_read ? fd : ARES_SOCKET_BAD, is_read ? ARES_SOCKET_BAD : fd);
    wait(watch);
  };
  if (watch->wants_read && !watch->awaits_read) {
    watch->awaits_read = true;
    watch->descriptor.async_wait(stream_descriptor::wait_read, [watch, on_ready](error_code) {
      watch->awaits_read = false;
      on_ready(true);
    });
  }
  if (watch->wants_write && !watch->awaits_write) {
    watch->awaits_write = true;
    watch->descriptor.async_wait(stream_descriptor::wait_write, [watch, on_ready](error_code) {
      watch->awaits_write = false;
      on_ready(false);
    });
  }
}

void DnsChannel::process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  arm_timer();
}

void DnsChannel::arm_timer() {
  timeval left{};
  if (ares_timeout(channel_, nullptr, &left) == nullptr) {
    timer_.cancel();
    return;
  }
  // One millisecond more: c-ares rounds down, and would be woken before its time.
  timer_.expires_after(std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec) +
                       std::chrono::milliseconds(1));
  timer_.async_wait([this, weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (self && !error) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

}  // namespace sallyport

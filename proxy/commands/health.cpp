#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>

#include "policy/values/authority.h"
#include "proxy/commands/command.h"
#include "proxy/socket_address.h"

namespace sallyport {
namespace {

/// The status line of GET /readyz, or nothing.
std::optional<std::string> ask(const IpAddress& address, std::uint16_t port) {
  const int fd = ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::nullopt;
  const timeval patience{3, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_storage to{};
  const socklen_t size = to_sockaddr(address, port, to);
  constexpr std::string_view kRequest = "GET /readyz HTTP/1.0\r\n\r\n";
  char answer[64] = {};
  const bool is_answered = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), size) == 0 &&
                           ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0 &&
                           ::recv(fd, answer, sizeof answer - 1, 0) > 0;
  ::close(fd);
  if (!is_answered) return std::nullopt;
  const std::string text(answer);
  return text.substr(0, text.find('\r'));
}

int health(const std::string& text) {
  const auto target = parse_authority(text);
  if (!target || !target->host.is_literal()) {
    std::cerr << "sallyport: --address takes ADDRESS:PORT, such as 127.0.0.1:9180\n";
    return kExitUsage;
  }
  const auto status = ask(target->host.address(), target->port);
  if (!status) {
    std::cout << "no answer from " << text << '\n';
    return 1;
  }
  const bool is_ready = status->find(" 200 ") != std::string::npos;
  std::cout << (is_ready ? "ready" : "not ready") << '\n';
  return is_ready ? 0 : 1;
}

}  // namespace

void add_health(CLI::App& app, int& status) {
  auto address = std::make_shared<std::string>("127.0.0.1:9180");
  CLI::App* command = app.add_subcommand("health", "Ask a running gate whether it is ready");
  command->add_option("--address", *address, "Where its metrics are served")->capture_default_str();
  command->callback([address, &status] { status = health(*address); });
}

}  // namespace sallyport

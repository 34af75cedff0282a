#include "proxy/resolv_conf.h"

#include "proxy/text_fields.h"

namespace sallyport {
namespace {

// MAXNS of resolv.conf(5).
constexpr std::size_t kSystemServersMax = 3;

}  // namespace

std::vector<ServerAddress> parse_resolv_conf(std::string_view text) {
  std::vector<ServerAddress> servers;
  while (!text.empty() && servers.size() < kSystemServersMax) {
    std::string_view line = take_line(text);
    // The keyword stands at the line's begin; `;` and `#` there make a comment.
    if (!line.starts_with("nameserver")) continue;
    if (take_field(line) != "nameserver") continue;
    if (const auto address = IpAddress::parse(take_field(line))) {
      servers.push_back({.address = *address});
    }
  }
  return servers;
}

}  // namespace sallyport

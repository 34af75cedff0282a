#include "proxy/resolv_conf.h"

#include "proxy/text_fields.h"

namespace sallyport {
namespace {

// MAXNS of resolv.conf(5).
constexpr std::size_t kSystemServersMax = 3;

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text) {
  ResolvConf conf;
  while (!text.empty() && conf.servers.size() < kSystemServersMax) {
    std::string_view line = take_line(text);
    // The keyword stands at the line's begin; `;` and `#` there make a comment.
    if (!line.starts_with("nameserver")) continue;
    if (take_field(line) != "nameserver") continue;
    const std::string_view server = take_field(line);
    if (const auto address = IpAddress::parse(server)) {
      conf.servers.push_back({.address = *address});
    } else if (!server.empty() && conf.unusable.size() < kSystemServersMax) {
      conf.unusable.emplace_back(server);
    }
  }
  conf.is_default = conf.servers.empty() && conf.unusable.empty();
  if (conf.is_default) conf.servers.push_back({.address = IpAddress::v4({127, 0, 0, 1})});
  return conf;
}

std::vector<std::string> remarks_on(const ResolvConf& conf, std::string_view path) {
  constexpr std::string_view kAdvice = "; `resolver: {servers: [...]}` in the policy names others";
  std::vector<std::string> remarks;
  if (conf.is_default) {
    remarks.push_back(std::string(path) + " names no DNS server: 127.0.0.1 is asked" +
                      std::string(kAdvice));
  }
  for (const std::string& server : conf.unusable) {
    remarks.push_back(std::string(path) + ": the DNS server " + server +
                      " is not asked: it is no address, or has a scope id" + std::string(kAdvice));
  }
  if (conf.servers.empty()) {
    remarks.push_back(std::string(path) + ": no DNS server is left, so that no name is resolved");
  }
  return remarks;
}

}  // namespace sallyport

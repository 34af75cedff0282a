#include "policy/loader/routes_yaml.h"

#include <memory>
#include <string>
#include <utility>

#include "policy/aws/region.h"
#include "policy/pattern_regions.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

std::optional<Authority> parse_target(std::string_view text, std::string& error) {
  auto target = parse_authority(text, kHttpsPort);
  if (!target) {
    error = quoted(text) +
            " is no host and port; write one such as \"vpce.example.org:443\", \"10.0.0.7:443\" or "
            "\"[fd00::7]:443\"";
    return std::nullopt;
  }
  if (!target->host.is_literal()) return target;
  const AddressRange range = classify(target->host.address());
  if (range.address_class != AddressClass::forbidden) return target;
  error = quoted(text) + " is never dialled (" + std::string(range.name) +
          "); a route may lead to a private address, but not there";
  return std::nullopt;
}

std::optional<std::string> parse_region(std::string_view text, std::string& error) {
  if (is_region(text)) return std::string(text);
  error = quoted(text) + " is no region; write one such as us-east-1";
  return std::nullopt;
}

/// The patterns of the items as the regions restrict them; an item keeps what is left of it.
void restrict_items(std::vector<HostItem>& items, const std::vector<std::string>& regions) {
  if (regions.empty()) return;
  for (HostItem& item : items) {
    std::vector<HostPattern> kept;
    for (HostPattern pattern : item.patterns) {
      if (restrict_to(pattern, regions)) kept.push_back(std::move(pattern));
    }
    item.patterns = std::move(kept);
  }
}

RouteSource read_route(const Fields& fields, RuleHosts& hosts, Route& route) {
  RouteSource source;
  source.mark = source.regions = fields.node().mark;
  source.hosts = hosts.read_route(fields);
  route.regions = fields.list("regions", parse_region);
  if (const YamlNode* regions = fields.find("regions")) source.regions = regions->mark;
  if (auto target = fields.parsed("connect_to", parse_target)) {
    route.connect_to = std::make_shared<const Authority>(std::move(*target));
  }
  route.is_pinned = fields.one_of("endpoint_policy", {"pinned"}).has_value();
  restrict_items(source.hosts, route.regions);
  return source;
}

}  // namespace

std::vector<RouteSource> read_routes(const Fields& destinations, RuleHosts& hosts,
                                     Diagnostics& diagnostics, Routes& routes) {
  std::vector<RouteSource> sources;
  const YamlNode* node = destinations.find("routes");
  if (node == nullptr) return sources;
  for (const YamlNode& item : node->items) {
    const std::size_t errors_before = diagnostics.error_count();
    const Fields fields(item, Block::route, diagnostics);
    Route route;
    RouteSource& source = sources.emplace_back(read_route(fields, hosts, route));
    source.route = routes.all().size();
    source.is_whole = diagnostics.error_count() == errors_before && !diagnostics.is_full();
    std::vector<HostPattern> patterns;
    std::vector<bool> shown;
    for (const HostItem& each : source.hosts) {
      for (const HostPattern& pattern : each.patterns) {
        patterns.push_back(pattern);
        shown.push_back(shows_region(pattern));
      }
    }
    // One without a target is an error already; nobody may follow it.
    if (route.connect_to == nullptr) {
      source.is_whole = false;
      patterns.clear();
    }
    routes.add(std::move(route), patterns, shown);
  }
  return sources;
}

}  // namespace sallyport

#include "policy/loader/destinations_yaml.h"

#include "policy/loader/networks_yaml.h"
#include "policy/loader/routes_yaml.h"
#include "policy/quoted.h"

namespace sallyport {

std::vector<RouteSource> read_destinations(const Fields& top, PolicyFiles& files, RuleHosts& hosts,
                                           Diagnostics& diagnostics, Destinations& destinations,
                                           InterceptionMarks& marks) {
  const auto fields = top.below("destinations", Block::destinations);
  if (!fields) return {};
  destinations.allow_networks =
      read_networks(*fields, "allow_networks", NetworksFor::opening, diagnostics);
  destinations.source_address =
      fields->parsed("source_address", [](std::string_view text, std::string& error) {
        auto address = IpAddress::parse(text);
        if (!address)
          error = quoted(text) + " is no address; write one such as 10.9.0.4 or fd00::4";
        return address;
      });
  marks.ca_bundle = fields->node().mark;
  if (const YamlNode* bundle = fields->find("ca_bundle")) {
    marks.ca_bundle = bundle->mark;
    destinations.ca_bundle = files.resolve(bundle->text);
    files.include(destinations.ca_bundle);
  }
  return read_routes(*fields, hosts, diagnostics, destinations.routes);
}

}  // namespace sallyport

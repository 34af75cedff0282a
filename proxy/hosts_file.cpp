#include "proxy/hosts_file.h"

#include <optional>
#include <vector>

#include "policy/values/host.h"
#include "proxy/text_fields.h"

namespace sallyport {

// A line is an address and its names; `#` begins a comment. A line whose address does not parse is
// skipped, and so is a name that is no canonical host name: neither could be asked for.
HostsFile::Table HostsFile::parse(std::string_view text) {
  struct Addresses {
    std::vector<IpAddress> v6;
    std::vector<IpAddress> v4;
  };
  std::unordered_map<std::string, Addresses> names;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = take_line(rest);
    line = line.substr(0, line.find('#'));
    const std::optional<IpAddress> address = IpAddress::parse(take_field(line));
    if (!address) continue;
    for (std::string_view field = take_field(line); !field.empty(); field = take_field(line)) {
      const std::optional<Host> name = Host::parse_name(field);
      if (!name) continue;
      Addresses& addresses = names[std::string(name->text())];
      (address->is_v4() ? addresses.v4 : addresses.v6).push_back(*address);
    }
  }
  Table table;
  for (const auto& [name, addresses] : names) {
    table.emplace(name, Resolution{.addresses = in_dial_order(addresses.v6, addresses.v4),
                                   .outcome = Resolution::Outcome::ok});
  }
  return table;
}

void HostsFile::refresh() {
  if (!file_.has_changed()) return;
  table_ = parse(file_.read().value_or(""));
}

const Resolution* HostsFile::find(std::string_view canonical_name) const {
  const auto found = table_.find(canonical_name);
  return found == table_.end() ? nullptr : &found->second;
}

}  // namespace sallyport

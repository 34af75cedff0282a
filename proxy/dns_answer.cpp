#include "proxy/dns_answer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace sallyport {
namespace {

constexpr std::size_t kHeaderBytes = 12;        // RFC 1035 4.1.1
constexpr std::size_t kWireNameBytesMax = 255;  // RFC 1035 2.3.4
constexpr std::size_t kLabelBytesMax = 63;
constexpr int kCnamesMax = 16;  // more than resolvers themselves follow
constexpr std::uint32_t kTtlSecondsMax = 86'400;
constexpr std::uint16_t kClassInternet = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeSoa = 6;
constexpr std::uint8_t kRcodeNoError = 0;
constexpr std::uint8_t kRcodeFormatError = 1;
constexpr std::uint8_t kRcodeNoSuchName = 3;

/// A name in wire form (each label behind its length), lower case, so that equality is comparison
/// of bytes and a dot within a label is no separator.
using WireName = std::string;

char lower(std::uint8_t byte) {
  const bool is_upper = byte >= 'A' && byte <= 'Z';
  return static_cast<char>(is_upper ? byte + ('a' - 'A') : byte);
}

std::optional<WireName> wire_name(std::string_view canonical_name) {
  WireName wire;
  for (std::string_view rest = canonical_name; !rest.empty();) {
    const std::string_view label = rest.substr(0, rest.find('.'));
    if (label.empty() || label.size() > kLabelBytesMax) return {};
    wire += static_cast<char>(label.size());
    for (const char c : label) wire += lower(static_cast<std::uint8_t>(c));
    rest.remove_prefix(std::min(rest.size(), label.size() + 1));
  }
  wire += '\0';
  if (wire.size() > kWireNameBytesMax) return {};
  return wire;
}

struct Record {
  WireName owner;
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  std::uint32_t ttl_seconds = 0;
  std::size_t data_begin = 0;  // offset into the message
  std::span<const std::uint8_t> data;
};

/// A cursor over the message. Every read checks its bounds; after a failure nothing is valid.
class MessageReader {
 public:
  explicit MessageReader(std::span<const std::uint8_t> message) : message_(message) {}

  void skip_to(std::size_t offset) { at_ = offset; }

  std::optional<std::uint16_t> number16() {
    if (message_.size() - at_ < 2) return {};
    const auto value = static_cast<std::uint16_t>((message_[at_] << 8) | message_[at_ + 1]);
    at_ += 2;
    return value;
  }

  std::optional<std::uint32_t> number32() {
    const auto high = number16();
    if (!high) return {};
    const auto low = number16();
    if (!low) return {};
    return (std::uint32_t{*high} << 16) | *low;
  }

  /// Compression pointers must point backwards, each further than the last, so that they end.
  std::optional<WireName> name() {
    WireName name;
    std::size_t from = at_;
    std::size_t pointed_before = at_;
    bool has_jumped = false;
    while (from < message_.size()) {
      const std::size_t length = message_[from];
      if ((length & 0xC0) == 0xC0) {
        if (from + 1 >= message_.size()) return {};
        const std::size_t target = ((length & 0x3F) << 8) | message_[from + 1];
        if (target >= pointed_before) return {};
        if (!has_jumped) at_ = from + 2;
        has_jumped = true;
        pointed_before = from = target;
        continue;
      }
      if (length > kLabelBytesMax || message_.size() - from <= length) return {};
      name += static_cast<char>(length);
      for (std::size_t i = 1; i <= length; ++i) name += lower(message_[from + i]);
      if (name.size() > kWireNameBytesMax) return {};
      from += length + 1;
      if (length != 0) continue;
      if (!has_jumped) at_ = from;
      return name;
    }
    return {};
  }

  std::optional<Record> record() {
    Record record;
    auto owner = name();
    if (!owner) return {};
    record.owner = std::move(*owner);
    const auto type = number16();
    const auto record_class = type ? number16() : type;
    const auto ttl = record_class ? number32() : std::nullopt;
    const auto length = ttl ? number16() : std::nullopt;
    if (!length || message_.size() - at_ < *length) return {};
    record.type = *type;
    record.record_class = *record_class;
    // RFC 2181 section 8: a TTL with its top bit set is 0.
    record.ttl_seconds = (*ttl >> 31) != 0 ? 0 : std::min(*ttl, kTtlSecondsMax);
    record.data_begin = at_;
    record.data = message_.subspan(at_, *length);
    at_ += *length;
    return record;
  }

  std::size_t position() const { return at_; }

 private:
  std::span<const std::uint8_t> message_;
  std::size_t at_ = 0;
};

/// The records of a message that concern us.
struct Sections {
  struct Alias {
    WireName owner;
    WireName target;
    std::uint32_t ttl_seconds = 0;
  };
  struct Address {
    WireName owner;
    IpAddress address;
    std::uint32_t ttl_seconds = 0;
  };
  std::vector<Alias> aliases;
  std::vector<Address> addresses;
  std::optional<std::uint32_t> absence_ttl_seconds;  // of the SOA record
};

std::optional<IpAddress> address_of(std::span<const std::uint8_t> data, DnsType type) {
  std::array<std::uint8_t, 4> v4{};
  std::array<std::uint8_t, 16> v6{};
  if (type == DnsType::a && data.size() == v4.size()) {
    std::ranges::copy(data, v4.begin());
    return IpAddress::v4(v4);
  }
  if (type == DnsType::aaaa && data.size() == v6.size()) {
    std::ranges::copy(data, v6.begin());
    return IpAddress::v6(v6);
  }
  return {};
}

/// Reads the record's data; false if it is malformed.
bool take_answer(const Record& record, MessageReader data, DnsType type, Sections& sections) {
  if (record.record_class != kClassInternet) return true;
  if (record.type == kTypeCname) {
    data.skip_to(record.data_begin);
    auto target = data.name();
    if (!target || data.position() != record.data_begin + record.data.size()) return false;
    sections.aliases.push_back({record.owner, std::move(*target), record.ttl_seconds});
  } else if (record.type == static_cast<std::uint16_t>(type)) {
    const auto address = address_of(record.data, type);
    if (!address) return false;
    sections.addresses.push_back({record.owner, *address, record.ttl_seconds});
  }
  return true;
}

/// RFC 2308 section 5: absence is kept for the lesser of the SOA's TTL and its MINIMUM, which are
/// the last four of at least 22 bytes.
bool take_authority(const Record& record, Sections& sections) {
  if (record.type != kTypeSoa || record.record_class != kClassInternet) return true;
  if (record.data.size() < 22) return false;
  std::uint32_t minimum = 0;
  for (const std::uint8_t byte : record.data.last(4)) minimum = (minimum << 8) | byte;
  if ((minimum >> 31) != 0) minimum = 0;
  sections.absence_ttl_seconds = std::min(record.ttl_seconds, minimum);
  return true;
}

std::optional<Sections> read_sections(MessageReader& reader, DnsType type, int answers,
                                      int authorities) {
  Sections sections;
  for (int i = 0; i < answers; ++i) {
    const auto record = reader.record();
    if (!record || !take_answer(*record, reader, type, sections)) return {};
  }
  for (int i = 0; i < authorities; ++i) {
    const auto record = reader.record();
    if (!record || !take_authority(*record, sections)) return {};
  }
  return sections;
}

std::chrono::milliseconds seconds(std::uint32_t count) { return std::chrono::seconds(count); }

/// Follows the aliases from `name` and takes the addresses at their end.
DnsAnswer follow(const Sections& sections, WireName name, bool is_no_such_name) {
  std::uint32_t ttl = kTtlSecondsMax;
  for (int hops = 0; hops <= kCnamesMax; ++hops) {
    const auto alias = std::ranges::find(sections.aliases, name, &Sections::Alias::owner);
    if (alias != sections.aliases.end()) {
      ttl = std::min(ttl, alias->ttl_seconds);
      name = alias->target;
      continue;
    }
    DnsAnswer answer;
    for (const auto& [owner, address, ttl_seconds] : sections.addresses) {
      if (owner != name || answer.addresses.size() == kAddressesPerNameMax) continue;
      answer.addresses.push_back(address);
      ttl = std::min(ttl, ttl_seconds);
    }
    const bool has_addresses = !answer.addresses.empty();
    if (has_addresses && is_no_such_name) return {};  // a contradiction
    answer.kind = has_addresses     ? DnsAnswer::Kind::addresses
                  : is_no_such_name ? DnsAnswer::Kind::no_such_name
                                    : DnsAnswer::Kind::no_data;
    if (!has_addresses) ttl = std::min(ttl, sections.absence_ttl_seconds.value_or(0));
    answer.ttl = seconds(ttl);
    return answer;
  }
  return {};  // a loop, or a chain that nobody needs
}

}  // namespace

bool is_format_error(std::span<const std::uint8_t> message) {
  return message.size() >= kHeaderBytes && (message[3] & 0x0F) == kRcodeFormatError;
}

DnsAnswer read_dns_answer(std::span<const std::uint8_t> message, std::string_view canonical_name,
                          DnsType type) {
  if (message.size() < kHeaderBytes) return {};
  const bool is_response = (message[2] & 0x80) != 0;
  const bool is_query_opcode = (message[2] & 0x78) == 0;
  const bool is_truncated = (message[2] & 0x02) != 0;
  const int rcode = message[3] & 0x0F;
  if (!is_response || !is_query_opcode || is_truncated) return {};
  if (rcode != kRcodeNoError && rcode != kRcodeNoSuchName) return {};

  MessageReader reader(message);
  reader.skip_to(4);
  const int questions = reader.number16().value_or(0);
  const int answers = reader.number16().value_or(0);
  const int authorities = reader.number16().value_or(0);
  reader.skip_to(kHeaderBytes);
  const auto asked_name = wire_name(canonical_name);
  if (!asked_name || questions != 1 || reader.name() != asked_name) return {};
  if (reader.number16() != static_cast<std::uint16_t>(type)) return {};
  if (reader.number16() != kClassInternet) return {};

  const auto sections = read_sections(reader, type, answers, authorities);
  if (!sections) return {};
  return follow(*sections, *asked_name, rcode == kRcodeNoSuchName);
}

TimedResolution join(const DnsAnswer& v6, const DnsAnswer& v4) {
  using Kind = DnsAnswer::Kind;
  using Outcome = Resolution::Outcome;
  const auto either = [&](Kind kind) { return v6.kind == kind || v4.kind == kind; };
  const bool has_failure = either(Kind::failed) || either(Kind::timed_out);

  TimedResolution joined;
  auto& [resolution, lifetime] = joined;
  lifetime = std::chrono::seconds(kTtlSecondsMax);
  if (either(Kind::addresses)) {
    resolution = {.addresses = in_dial_order(v6.addresses, v4.addresses), .outcome = Outcome::ok};
    // The absence of the other family is no record that could outlive its TTL; the addresses are.
    for (const DnsAnswer* answer : {&v6, &v4}) {
      if (answer->kind == Kind::addresses) lifetime = std::min(lifetime, answer->ttl);
    }
  } else {
    resolution.outcome = either(Kind::no_such_name) ? Outcome::no_such_name
                         : either(Kind::timed_out)  ? Outcome::timed_out
                         : either(Kind::failed)     ? Outcome::failed
                                                    : Outcome::no_address;
    lifetime = kAbsenceKept;
    for (const DnsAnswer* answer : {&v6, &v4}) {
      const bool is_absence = answer->kind == Kind::no_such_name || answer->kind == Kind::no_data;
      if (is_absence) lifetime = std::min(lifetime, answer->ttl);
    }
  }
  if (has_failure) lifetime = std::min(lifetime, kFailureKept);
  return joined;
}

}  // namespace sallyport

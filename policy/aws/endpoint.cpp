#include "policy/aws/endpoint.h"

#include <algorithm>
#include <array>

#include "policy/aws/generated_tables.h"
#include "policy/aws/tenant_kind.h"

namespace sallyport {
namespace {

constexpr std::string_view kS3Names[] = {"s3"};
constexpr std::string_view kS3ControlModels[] = {"s3control"};
constexpr std::string_view kExpressNames[] = {"s3express"};
constexpr std::string_view kObjectLambdaNames[] = {"s3-object-lambda"};
constexpr std::string_view kOutpostsNames[] = {"s3-outposts"};
constexpr std::string_view kSignInNames[] = {"signin"};

AwsHost of_s3(const S3Host& s3) {
  AwsHost found;
  found.signing_names = kS3Names;
  found.models = kS3Names;
  switch (s3.form) {
    case S3Form::express:
    case S3Form::express_control:
      found.signing_names = kExpressNames;
      break;
    case S3Form::object_lambda:
      found.signing_names = kObjectLambdaNames;
      break;
    case S3Form::outposts:
      found.signing_names = kOutpostsNames;
      break;
    case S3Form::control:
      found.models = kS3ControlModels;
      break;
    default:
      break;
  }
  found.service = found.signing_names.front();
  found.region = s3.region;
  found.signing_region = s3.region;
  found.partition = s3.partition;
  found.account = s3.account;
  found.bucket = s3.bucket;
  found.access_point = s3.access_point;
  found.outpost = s3.outpost;
  found.s3_form = s3.form;
  found.is_fips = s3.is_fips;
  found.is_dualstack = s3.is_dualstack;
  return found;
}

/// The place of the pattern of that text among those of `@aws-api`, if it is an endpoint.
std::optional<std::size_t> place_of(std::string_view text) {
  const auto slots = generated_endpoint_slots();
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  for (std::size_t i = hash & (slots.size() - 1); slots[i] != 0; i = (i + 1) & (slots.size() - 1)) {
    const std::size_t place = slots[i] - 1U;
    if (generated_api_patterns()[place].text != text) continue;
    if (generated_endpoint_rows()[place].service == kNoService) return std::nullopt;
    return place;
  }
  return std::nullopt;
}

/// Nothing else is an endpoint: cheap to say of all other hosts.
bool has_a_name_of_aws(std::string_view host) {
  return host.find("amazon") != std::string_view::npos || host.ends_with(".aws");
}

/// The last label that has the shape of a region; empty where none has.
std::string_view region_in(std::string_view host) {
  while (!host.empty()) {
    const auto dot = host.rfind('.');
    const auto label = dot == std::string_view::npos ? host : host.substr(dot + 1);
    if (is_region(label)) return label;
    host = dot == std::string_view::npos ? std::string_view{} : host.substr(0, dot);
  }
  return {};
}

/// A host as the tables write it: `{r}` for its region and, if asked, a placeholder for its first
/// label.
class Key {
 public:
  /// `region` is empty or a label of `host`, which is a canonical name.
  Key(std::string_view placeholder, std::string_view host, std::string_view region) {
    if (!placeholder.empty()) {
      add(placeholder);
      host.remove_prefix(std::min(host.find('.'), host.size()));
    }
    if (region.empty() || region.data() < host.data()) {
      add(host);
      return;
    }
    const auto before = static_cast<std::size_t>(region.data() - host.data());
    add(host.substr(0, before));
    add("{r}");
    add(host.substr(before + region.size()));
  }

  std::string_view text() const { return {text_.data(), size_}; }

 private:
  void add(std::string_view part) {
    std::copy(part.begin(), part.end(), text_.data() + size_);
    size_ += part.size();
  }

  // A name has 253 bytes, `{r}` is shorter than any region, a placeholder has up to 31.
  std::array<char, 320> text_;
  std::size_t size_ = 0;
};

std::optional<AwsHost> of_place(std::size_t place, std::string_view region) {
  const EndpointRow& row = generated_endpoint_rows()[place];
  const ServiceRow& service = generated_services()[row.service];
  const PartitionSet partitions = generated_api_patterns()[place].partitions;
  const PartitionSet of_region = partition_of_region(region) & partitions;
  if (!region.empty() && of_region.is_empty()) return std::nullopt;

  AwsHost found;
  found.signing_names = service.signing_names;
  found.service = service.signing_names.front();
  found.models = service.models;
  found.region = region;
  found.signing_region = row.signing_region.empty() ? region : row.signing_region;
  const PartitionSet own = region.empty() ? partitions : of_region;
  for (const Partition partition :
       {Partition::aws_eusc, Partition::aws_us_gov, Partition::aws_cn, Partition::aws}) {
    if (own.contains(partition)) found.partition = partition;
  }
  found.is_fips = row.is_fips;
  found.is_dualstack = row.is_dualstack;
  return found;
}

/// Endpoints whose first label is, or ends with, an account or a graph.
std::optional<AwsHost> of_tenant(std::string_view host, std::string_view region) {
  const auto first = host.substr(0, host.find('.'));
  if (region.data() == first.data()) return std::nullopt;
  std::string_view placeholder = "<graph>";
  std::string_view account;
  if (first.size() >= 12 && has_shape(TenantKind::account, first.substr(first.size() - 12))) {
    if (first.size() == 12) {
      placeholder = "<account>";
      account = first;
    } else if (first.size() > 13 && first[first.size() - 13] == '-') {
      placeholder = "<codeartifact_domain>-<account>";
      account = first.substr(first.size() - 12);
    }
  }
  const auto place = place_of(Key(placeholder, host, region).text());
  if (!place) return std::nullopt;
  auto found = of_place(*place, region);
  if (found) found->account = account;
  return found;
}

/// The sign-in pages without a region, of which no model tells: consoles are federated there, too.
std::optional<AwsHost> global_sign_in(std::string_view host) {
  struct Page {
    std::string_view name;
    Partition partition;
  };
  constexpr Page kPages[] = {{"signin.aws.amazon.com", Partition::aws},
                             {"signin.amazonaws.cn", Partition::aws_cn},
                             {"signin.amazonaws-us-gov.com", Partition::aws_us_gov}};
  for (const Page& page : kPages) {
    if (page.name != host) continue;
    AwsHost found;
    found.service = kSignInNames[0];
    found.signing_names = kSignInNames;
    found.models = kSignInNames;
    found.partition = page.partition;
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<AwsHost> aws_host(const Host& host) {
  if (host.is_literal()) return std::nullopt;
  const std::string_view text = host.text();
  if (!has_a_name_of_aws(text)) return std::nullopt;
  if (const auto s3 = s3_host(text)) {
    if (s3->form == S3Form::website) return std::nullopt;
    return of_s3(*s3);
  }
  const std::string_view region = region_in(text);
  if (const auto place = place_of(text)) return of_place(*place, region);
  if (const auto place = place_of(Key("", text, region).text())) return of_place(*place, region);
  if (auto found = of_tenant(text, region)) return found;
  return global_sign_in(text);
}

bool is_signing_name(std::string_view name) {
  const auto has = [name](std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto services = generated_services();
  return has(kS3Names) || has(kExpressNames) || has(kObjectLambdaNames) || has(kOutpostsNames) ||
         std::any_of(services.begin(), services.end(),
                     [&](const ServiceRow& row) { return has(row.signing_names); });
}

std::string_view region_of(const Host& host) {
  const auto aws = aws_host(host);
  if (!aws) return {};
  return aws->region.empty() ? aws->signing_region : aws->region;
}

std::string_view vpc_endpoint_region(const Host& host) {
  std::string_view label;
  std::string_view rest = host.text();
  while (!rest.empty()) {
    if (rest.starts_with("vpce.amazonaws.") && is_region(label)) return label;
    label = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), label.size() + 1));
  }
  return {};
}

}  // namespace sallyport

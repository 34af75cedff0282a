#include "policy/aws/s3_host.h"

#include "policy/aws/tenant_kind.h"

namespace sallyport {
namespace {

/// Takes labels off the right end of a name.
class Labels {
 public:
  explicit Labels(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }
  std::string_view last() const { return rest_.substr(begin_of_last()); }

  std::string_view take() {
    const auto begin = begin_of_last();
    const auto label = rest_.substr(begin);
    rest_ = begin == 0 ? std::string_view{} : rest_.substr(0, begin - 1);
    return label;
  }

  bool take_if(std::string_view label) {
    if (rest_.empty() || last() != label) return false;
    take();
    return true;
  }

 private:
  std::size_t begin_of_last() const {
    const auto dot = rest_.rfind('.');
    return dot == std::string_view::npos ? 0 : dot + 1;
  }

  std::string_view rest_;
};

struct DnsSuffix {
  std::string_view text;
  PartitionSet partitions;
};

constexpr DnsSuffix kSuffixes[] = {
    {".amazonaws.com", PartitionSet::of(Partition::aws) | PartitionSet::of(Partition::aws_us_gov)},
    {".amazonaws.com.cn", PartitionSet::of(Partition::aws_cn)},
    {".amazonaws.eu", PartitionSet::of(Partition::aws_eusc)},
};

bool remove_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool remove_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// `<name>-<12 digits>`, one label.
bool read_access_point(std::string_view label, S3Host& host) {
  if (label.size() < 14 || label.find('.') != std::string_view::npos) return false;
  const auto account = label.substr(label.size() - 12);
  if (!has_shape(TenantKind::account, account) || label[label.size() - 13] != '-') return false;
  host.access_point = label.substr(0, label.size() - 13);
  host.account = account;
  return true;
}

/// Takes a region of the partitions, if the text is one.
bool read_region(std::string_view text, PartitionSet partitions, S3Host& host) {
  const PartitionSet own = partition_of_region(text) & partitions;
  if (own.is_empty()) return false;
  host.region = text;
  for (const Partition partition :
       {Partition::aws, Partition::aws_cn, Partition::aws_us_gov, Partition::aws_eusc}) {
    if (own.contains(partition)) host.partition = partition;
  }
  return true;
}

std::optional<S3Host> as_bucket_or_path(S3Host host, std::string_view bucket) {
  host.form = bucket.empty() ? S3Form::path : S3Form::bucket;
  host.bucket = bucket;
  return host;
}

/// What stands before `<service>.<region>.<suffix>`.
std::optional<S3Host> read_regional(std::string_view service, std::string_view before,
                                    S3Host host) {
  if (service == "s3-website") {
    host.form = S3Form::website;
    host.bucket = before;
    return host;
  }
  if (remove_prefix(service, "s3express-")) {
    const bool is_control = service == "control" || service == "control-fips";
    host.is_fips = is_control ? service != "control" : service.starts_with("fips-");
    host.form = is_control ? S3Form::express_control : S3Form::express;
    host.bucket = before;
    if ((host.form == S3Form::express) == before.empty()) return std::nullopt;
    return host;
  }
  host.is_fips = remove_suffix(service, "-fips");
  if (service == "s3" || service == "s3-deprecated") return as_bucket_or_path(host, before);
  if (service == "s3-accesspoint") {
    host.form = S3Form::access_point;
    if (read_access_point(before, host)) return host;
  } else if (service == "s3-object-lambda" && !before.empty()) {
    // WriteGetObjectResponse goes to a route's name instead, which shows no account.
    host.form = S3Form::object_lambda;
    if (read_access_point(before, host) || before.find('.') == std::string_view::npos) return host;
  } else if (service == "s3-outposts") {
    host.form = S3Form::outposts;
    Labels labels(before);
    const auto outpost = labels.take();
    if (labels.rest().find('.') != std::string_view::npos || labels.rest().empty()) return {};
    read_access_point(labels.rest(), host);  // an alias stands there too, and shows no account
    host.outpost = outpost;
    if (has_shape(TenantKind::outpost, outpost) || outpost == "ec2") return host;
  } else if (service == "s3-control") {
    host.form = S3Form::control;
    host.account = before;
    if (before.empty() || has_shape(TenantKind::account, before)) return host;
  }
  return std::nullopt;
}

/// `<bucket>.bucket.vpce-<id>.s3.<region>.vpce`, and the same for access points.
std::optional<S3Host> read_vpc_endpoint(Labels labels, PartitionSet partitions, S3Host host) {
  if (!read_region(labels.take(), partitions, host) || !labels.take_if("s3")) return std::nullopt;
  if (!labels.take().starts_with("vpce-")) return std::nullopt;
  if (labels.take_if("bucket")) return as_bucket_or_path(host, labels.rest());
  host.form = S3Form::access_point;
  if (labels.take_if("accesspoint") && read_access_point(labels.rest(), host)) return host;
  return std::nullopt;
}

/// Names without a region label of their own: global ones, and the old `s3-<region>`.
std::optional<S3Host> read_regionless(Labels labels, PartitionSet partitions, S3Host host) {
  host.is_dualstack = labels.take_if("dualstack");
  std::string_view last = labels.take();
  if (last == "s3-accelerate" && !labels.rest().empty()) {
    host.form = S3Form::accelerate;
    host.bucket = labels.rest();
    return host;
  }
  if (host.is_dualstack) return std::nullopt;
  if (last == "s3" || last == "s3-external-1" || last == "s3-1") {
    return as_bucket_or_path(host, labels.rest());
  }
  if (last == "s3-global" && labels.take_if("accesspoint")) {
    host.form = S3Form::multi_region;
    host.bucket = labels.rest();
    // The alias is one label, which the set @s3 has as well.
    if (!labels.take_if("mrap") || labels.rest().empty()) return std::nullopt;
    if (labels.rest().find('.') != std::string_view::npos) return std::nullopt;
    return host;
  }
  const bool is_website = remove_prefix(last, "s3-website-");
  host.is_fips = !is_website && remove_prefix(last, "s3-fips-");
  if (!is_website && !host.is_fips && !remove_prefix(last, "s3-")) return std::nullopt;
  if (!read_region(last, partitions, host)) return std::nullopt;
  if (!is_website) return as_bucket_or_path(host, labels.rest());
  host.form = S3Form::website;
  host.bucket = labels.rest();
  return host;
}

}  // namespace

std::optional<S3Host> s3_host(std::string_view host) {
  if (host.find("s3") == std::string_view::npos) return std::nullopt;  // as most hosts
  for (const DnsSuffix& suffix : kSuffixes) {
    if (!host.ends_with(suffix.text)) continue;
    Labels labels(host.substr(0, host.size() - suffix.text.size()));
    S3Host found;
    if (suffix.partitions == PartitionSet::of(Partition::aws_cn))
      found.partition = Partition::aws_cn;
    if (suffix.partitions == PartitionSet::of(Partition::aws_eusc)) {
      found.partition = Partition::aws_eusc;
    }
    if (labels.take_if("vpce")) return read_vpc_endpoint(labels, suffix.partitions, found);
    if (!read_region(labels.last(), suffix.partitions, found)) {
      return read_regionless(labels, suffix.partitions, found);
    }
    labels.take();
    found.is_dualstack = labels.take_if("dualstack");
    const auto service = labels.take();
    return read_regional(service, labels.rest(), found);
  }
  return std::nullopt;
}

}  // namespace sallyport

// AWS partitions and regions as host names show them. Pure functions over static tables; safe from
// any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sallyport {

/// A separate AWS: own accounts, own regions, mostly own domains.
enum class Partition : std::uint8_t { aws, aws_cn, aws_us_gov, aws_eusc };

/// `aws`, `aws-cn`, `aws-us-gov` or `aws-eusc`, as ARNs write it.
std::string_view text(Partition partition);

/// A set of partitions.
struct PartitionSet {
  std::uint8_t bits = 0;

  static constexpr PartitionSet of(Partition partition) {
    return {static_cast<std::uint8_t>(1U << static_cast<unsigned>(partition))};
  }
  constexpr bool is_empty() const { return bits == 0; }
  constexpr bool contains(Partition partition) const { return (bits & of(partition).bits) != 0; }
  constexpr PartitionSet operator&(PartitionSet other) const {
    return {static_cast<std::uint8_t>(bits & other.bits)};
  }
  constexpr PartitionSet operator|(PartitionSet other) const {
    return {static_cast<std::uint8_t>(bits | other.bits)};
  }
  friend bool operator==(PartitionSet, PartitionSet) = default;
};

inline constexpr PartitionSet kAllPartitions{15};

/// The partitions whose regions have the shape of this label (botocore's regionRegex): empty where
/// it is no region, else exactly one. The region need not exist yet.
PartitionSet partition_of_region(std::string_view label);

/// True if the label has the shape of a region of any partition.
bool is_region(std::string_view label);

/// Some region may begin with the text: false for certain, true for perhaps.
bool may_begin_region(std::string_view text);

/// A region that exists today.
struct KnownRegion {
  std::string_view name;
  Partition partition;
};

/// The regions of botocore 1.43.11's partitions, sorted by name; static.
std::span<const KnownRegion> known_regions();

/// True if the region is one of known_regions().
bool is_known_region(std::string_view label);

}  // namespace sallyport

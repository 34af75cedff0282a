// Where the requests of an operation hold what identifies resources, and as what: the rows of
// policy/aws/data/operations_members.tsv. Static text.
#pragma once

#include <cstdint>
#include <string_view>

namespace sallyport {

/// What a member may hold. A value is only what it parses as.
struct MemberKinds {
  enum Bit : std::uint16_t {
    arn = 1,         ///< `A`: its name says so
    maybe_arn = 2,   ///< `a`: an ARN, or a plain name or id
    account = 4,     ///< `N`: twelve digits
    s3_uri = 8,      ///< `U`
    bucket = 16,     ///< `B`: a bucket's name (a prefix may follow), an ARN or an alias
    queue_url = 32,  ///< `Q`
    image_uri = 64,  ///< `I`
    anything = 128,  ///< `W`: among values of all sorts, an ARN or a URI that is the whole value,
                     ///< also in quotes or percent-encoded
    bucket_path = 256,  ///< `P`: `/bucket/prefix`, or the same of an EFS file system
    bucket_host = 512,  ///< `H`: S3's host of a bucket
    registry = 1024,    ///< `R`: the host of an image registry
    paired = 2048,      ///< `K`: a bucket, where the key beside the value says so; of forms alone
    // In no table:
    object_key = 4096,  ///< a key of the bucket that the request names
    version_id = 8192,  ///< a version of that object
  };
  std::uint16_t bits = 0;

  bool has(Bit bit) const { return (bits & bit) != 0; }
  friend bool operator==(MemberKinds, MemberKinds) = default;
};

/// Where the member is.
enum class MemberPlace : std::uint8_t {
  label,   ///< a label of the URI template
  query,   ///< a query parameter
  header,  ///< a header field, in lower case
  body,    ///< JSON, CBOR or XML
  form,    ///< the form variant, where its names differ
};

/// `path` is the name, or for a body the path as the table writes it: `/a/b`, `*` a list's element
/// or a map's value, `@` a map's key (`@x` in XML: an attribute), `**` any number of levels.
struct Member {
  MemberKinds kinds;
  MemberPlace place{};
  std::string_view path;
};

}  // namespace sallyport

// What a request to an AWS host shows, as facts: who signed it, for which service and region, which
// operation it is, on whose resources it acts. Puts together what the readers of credentials,
// operations and members find. Pure; nothing is kept between calls: with the body, all is read
// anew.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "policy/aws/operation/operations.h"
#include "policy/aws/request_view.h"
#include "policy/values/facts.h"
#include "policy/values/host.h"

namespace sallyport {

/// As much of the body as is known.
struct JudgedBody {
  enum class State : std::uint8_t {
    unread,         ///< what stands there is `in_body`
    read,           ///< `bytes` is all of it, its content coding undone
    not_judgeable,  ///< too large, or in a coding that cannot be undone
  };
  State state = State::unread;
  std::string_view bytes;
  /// A coding was undone: a service that does not undo it reads other bytes.
  bool was_coded = false;
};

struct AwsReading {
  std::shared_ptr<const AwsFacts> facts;  ///< never null
  /// How the service words its errors.
  AwsProtocol protocol = AwsProtocol::rest_json;
};

AwsReading read_aws_request(const AwsRequestView& request, const JudgedBody& body);

/// What the host alone shows; null where it is no AWS endpoint.
std::shared_ptr<const AwsFacts> aws_facts_of_host(const Host& host);

}  // namespace sallyport

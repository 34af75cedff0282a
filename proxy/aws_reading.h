// What a request's head, and its body where it was held back, show of AWS. The bridge from the wire
// (proxy/http) to the readers of policy/aws/request. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/attempt_record.h"
#include "policy/aws/endpoint.h"
#include "policy/aws/request/aws_request.h"
#include "proxy/http/accept.h"
#include "proxy/http/request_head.h"

namespace sallyport {

AwsReading read_aws(const AwsHost& host, const RequestHead& head, const JudgedBody& body);

/// What of a whole body can be judged: its content coding undone. `decoded` keeps the bytes. Not
/// judgeable: more than `bytes_max` bytes, or a coding that cannot be undone.
JudgedBody judged_body(const RequestHead& head, std::string_view payload, std::size_t bytes_max,
                       std::optional<std::string>& decoded);

/// What the record tells of it.
std::unique_ptr<AwsRecord> aws_record(const AwsFacts& facts);

/// How an SDK that speaks the protocol to the host is told of a refusal.
ReplyFormat format_of(AwsProtocol protocol, const AwsHost& host);

}  // namespace sallyport

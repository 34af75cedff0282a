// What a request's head, and its body where it was held back, show of AWS, and how a refusal of it
// is told: the bridge between the wire (proxy/http) and the readers of policy/aws/request. Pure.
#pragma once

#include "policy/aws/endpoint.h"
#include "policy/aws/request/aws_request.h"
#include "proxy/http/accept.h"
#include "proxy/http/request_head.h"

namespace sallyport {

AwsReading read_aws(const AwsHost& host, const RequestHead& head, const JudgedBody& body);

/// How an SDK that speaks the protocol to the host is told of a refusal.
ReplyFormat format_of(AwsProtocol protocol, const AwsHost& host);

}  // namespace sallyport

// What a request and its answer say to the record and to the policy. Pure functions of heads.
#pragma once

#include "metrics/attempt_record.h"
#include "policy/terms.h"
#include "policy/values/facts.h"
#include "proxy/http/body_framing.h"
#include "proxy/http/request_head.h"
#include "proxy/http/response_head.h"

namespace sallyport {

/// Method, scheme, path and the names of the query's parameters.
void record_request(AttemptRecord& record, const RequestHead& head);

/// Status, type, and where a redirect leads.
void record_answer(AttemptRecord& record, const ResponseHead& head);

/// What the terms of a rule are asked about: by a request, and by its answer, which is framed so.
/// Views of the head.
Asked asked_by(const RequestHead& head);
Offered offered_by(const ResponseHead& head, const Framing& framing);

/// The request as the policy judges it. REQUIRES: the head is no CONNECT.
RequestFacts request_facts(const RequestHead& head);

}  // namespace sallyport

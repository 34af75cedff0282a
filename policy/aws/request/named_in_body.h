// What a request names behind its head: in the body, in a form, and in the parameters of the Query
// protocol, which stand in either. Pure.
#pragma once

#include "policy/aws/operation/operations.h"
#include "policy/aws/parameters.h"
#include "policy/aws/request/named_by_head.h"
#include "policy/aws/request/shown_resources.h"
#include "policy/aws/request_view.h"

namespace sallyport {

/// As much as is known of what may name something.
struct BodyToRead {
  const AwsRequestView& request;
  const OperationReading& operation;
  const NamedByHead& head;
  const Parameters& query;
  /// The body as a form, where it is one; null: none, or not read.
  const Parameters* form = nullptr;
  /// Something asked for stands in a form that was not read.
  bool form_is_missing = false;
  /// The body, where it is known and no form; null: not read.
  const std::string_view* bytes = nullptr;
};

struct NamedInBody {
  /// False: what stands there is not known, for lack of it or since it cannot be read.
  bool is_told = true;
  /// It names versions of objects.
  bool has_versions = false;
};

/// Adds the names to `shown`.
NamedInBody named_in_body(const BodyToRead& body, ShownResources& shown);

}  // namespace sallyport

// In which form a person or a program is told of a refusal: by the request's Accept (RFC 9110
// section 12.5.1). Never refuses; what cannot be read is passed over. Pure.
#pragma once

#include <cstdint>

#include "proxy/http/field_lines.h"

namespace sallyport {

enum class ReplyFormat : std::uint8_t {
  text,
  html,
  json,
  // As AWS services tell errors to their SDKs (aws_refusal.h).
  aws_s3_xml,     ///< `<Error>` alone
  aws_query_xml,  ///< `<ErrorResponse>`; of REST-XML, too
  aws_ec2_xml,    ///< `<Response><Errors>`
  aws_json,       ///< of version 1.1
  aws_json_1_0,
  aws_rest_json,
  aws_cbor,
};

/// HTML where `text/html` is named, as browsers do, and JSON where `application/json` is (or some
/// type with `+json`), if
/// nothing that text answers (`text/plain`, `text/*`, `*/*`) is preferred to them; HTML before JSON
/// where both are named alike. Else text: wildcards alone are curl's, wget's, git's and apt's. At
/// most 64 media ranges are looked at.
ReplyFormat accepted_format(const FieldLines& fields);

}  // namespace sallyport

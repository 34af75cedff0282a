#include "proxy/judged_body.h"

#include "proxy/http/content_coding.h"

namespace sallyport {

JudgedBody judged_body(const RequestHead& head, std::string_view payload, std::size_t bytes_max,
                       std::optional<std::string>& decoded) {
  const JudgedBody not_judgeable{JudgedBody::State::not_judgeable, {}};
  if (payload.size() > bytes_max || head.fields.count("content-encoding") > 1) return not_judgeable;
  switch (content_coding(head.fields.find("content-encoding").value_or(""))) {
    case ContentCoding::identity:
      return {JudgedBody::State::read, payload};
    case ContentCoding::gzip:
      decoded = gunzip(payload, bytes_max);
      break;
    case ContentCoding::unknown:
      break;
  }
  if (!decoded) return not_judgeable;
  return {JudgedBody::State::read, *decoded, true};
}

}  // namespace sallyport

#include "tls/client_hello.h"

namespace sallyport {

ClientHelloReader::Progress ClientHelloReader::feed(ByteSpan chunk) {
  if (progress_ != Progress::need_more) return progress_;
  progress_ = check_start(chunk);
  if (progress_ == Progress::need_more) progress_ = read_records(chunk);
  return progress_;
}

// The first two bytes tell whether this is TLS at all. Another record than a handshake one in front
// of the hello is TLS and no hello: some stacks skip it, so to call it not TLS would let the hello
// behind it pass unread under `tls: optional`.
ClientHelloReader::Progress ClientHelloReader::check_start(ByteSpan chunk) {
  for (std::size_t i = 0; consumed_ + i < 2 && i < chunk.size(); ++i) {
    if (consumed_ + i == 0) {
      first_byte_ = chunk[i];
      if (!is_record_type(first_byte_)) return Progress::not_tls;
    } else if (first_byte_ != kHandshakeRecord) {
      return chunk[i] == 3 ? Progress::malformed : Progress::not_tls;
    }
  }
  return Progress::need_more;
}

ClientHelloReader::Progress ClientHelloReader::read_records(ByteSpan chunk) {
  const std::size_t consumed_before = consumed_;
  const std::size_t chunk_size = chunk.size();
  for (;;) {
    RecordWalker::Piece piece;
    const auto step = walker_.next(chunk, piece);
    consumed_ = consumed_before + chunk_size - chunk.size();
    if (step == RecordWalker::Step::need_more) return Progress::need_more;
    if (step == RecordWalker::Step::broken) return Progress::malformed;
    if (piece.type != kHandshakeRecord) return Progress::malformed;
    const auto progress = assembler_.add(piece);
    if (progress == HelloAssembler::Progress::done) return Progress::done;
    if (progress == HelloAssembler::Progress::malformed) return Progress::malformed;
  }
}

}  // namespace sallyport

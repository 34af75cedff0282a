#include "tls/hello_assembler.h"

#include <doctest/doctest.h>

#include "tests/tls/hello_builder.h"

namespace sallyport::test {
namespace {

using Progress = HelloAssembler::Progress;

Progress add(HelloAssembler& assembler, ByteSpan payload, std::size_t record_bytes, bool begins) {
  const bool ends = begins ? payload.size() == record_bytes : true;
  return assembler.add({22, record_bytes, begins, ends, payload});
}

TEST_CASE("a hello is done at the last byte of its record and not before") {
  const Bytes message = HelloBuilder{}.with_name("a.example").message();
  const ByteSpan whole(message);
  for (std::size_t cut = 1; cut < message.size(); ++cut) {
    HelloAssembler in_one_record;
    REQUIRE(add(in_one_record, whole.first(cut), message.size(), true) == Progress::need_more);
    REQUIRE(add(in_one_record, whole.subspan(cut), message.size(), false) == Progress::done);
    REQUIRE(in_one_record.hello().server_name == "a.example");

    HelloAssembler in_two_records;
    REQUIRE(add(in_two_records, whole.first(cut), cut, true) == Progress::need_more);
    const ByteSpan rest = whole.subspan(cut);
    REQUIRE(add(in_two_records, rest, rest.size(), true) == Progress::done);
    REQUIRE(in_two_records.hello().server_name == "a.example");
  }
}

TEST_CASE("a record that is longer than the hello is refused at its first byte") {
  const Bytes message = HelloBuilder{}.message();
  HelloAssembler longer_at_once;
  CHECK(add(longer_at_once, ByteSpan(message).first(4), message.size() + 1, true) ==
        Progress::malformed);
  HelloAssembler longer_later;
  CHECK(add(longer_later, ByteSpan(message).first(10), 10, true) == Progress::need_more);
  CHECK(add(longer_later, ByteSpan(message).subspan(10, 1), message.size() - 9, true) ==
        Progress::malformed);
}

TEST_CASE("another message and a giant one are refused at the byte that tells") {
  const Bytes other = {2};
  HelloAssembler first;
  CHECK(add(first, other, 100, true) == Progress::malformed);
  const Bytes giant = {1, 1, 0, 1};
  HelloAssembler second;
  CHECK(add(second, ByteSpan(giant).first(3), 100, true) == Progress::need_more);
  CHECK(add(second, ByteSpan(giant).subspan(3), 100, false) == Progress::malformed);
}

}  // namespace
}  // namespace sallyport::test

#include "actors/content/mime_reader.hpp"

#include "actors/content/limits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel {
namespace {

TEST(mime_reader, unfolds_fields_and_keeps_their_bytes) {
  for (std::string end : {"\r\n", "\n"}) {
    const auto text = "Subject: one" + end + "  two" + end + "\tthree" + end + "X-Empty:" + end + " " + end +
                      "x-EMPTY: second" + end + "Name : \xc3\xa9\xff" + end + "no field at all" + end +
                      " its continuation" + end + ": nameless" + end + end + "body" + end;
    auto mail = read_mime(text);
    EXPECT_EQ(mail.header["subject"], "one two three");
    EXPECT_EQ(mail.header["x-empty"], "");
    EXPECT_EQ(mail.header["name"], "\xc3\xa9\xff");
    EXPECT_EQ(mail.header["missing"], "");
    EXPECT_EQ(std::distance(mail.header.begin(), mail.header.end()), 4);
    EXPECT_EQ(mail.body, "body" + end);
  }
}

TEST(mime_reader, reads_types_and_parameters) {
  auto type_of = [](std::string_view said) { return read_mime("Content-Type: " + std::string{said} + "\r\n\r\n"); };
  EXPECT_EQ(read_mime("\r\nx").type(), "text/plain");
  EXPECT_EQ(type_of("nonsense").type(), "text/plain");
  EXPECT_EQ(type_of("Multipart/REPORT; Report-Type=delivery-status; BOUNDARY=\"a;\\\"b\"").type(), "multipart/report");
  EXPECT_EQ(type_of("multipart/report; report-type=x; BOUNDARY=\"a;\\\"b\"").parameter("boundary"), "a;\"b");
  EXPECT_EQ(type_of("multipart/report;\r\n\tboundary = plain ; charset=x").parameter("boundary"), "plain");
  EXPECT_EQ(type_of("multipart/report; boundary").parameter("boundary"), "");
  EXPECT_EQ(type_of("multipart/report; flag; boundary=b").parameter("boundary"), "b");
  EXPECT_EQ(type_of("multipart/report; boundary=\"never ends").parameter("boundary"), "never ends");
}

TEST(mime_reader, undoes_transfer_encodings_as_far_as_they_can_be) {
  auto decoded = [](std::string_view encoding, std::string_view body) {
    return read_mime("Content-Transfer-Encoding: " + std::string{encoding} + "\n\n" + std::string{body}).decoded();
  };
  EXPECT_EQ(decoded("BASE64", "QWN0\r\naW9u!Og==ignored"), "Action:");
  EXPECT_EQ(decoded("base64 (comment)", "QQ"), "A");
  EXPECT_EQ(decoded("Quoted-Printable", "Acti=6F=\r\nn: failed \r\n=C3=A9=zz=4"), "Action: failed\n\xc3\xa9=zz=4\n");
  EXPECT_EQ(decoded("8bit", "as it is\r\n"), "as it is\r\n");
  EXPECT_EQ(decoded("x-unknown", "=41"), "=41");
}

TEST(mime_reader, finds_the_parts_of_multiparts_within_multiparts) {
  auto mail = read_mime(
    "Content-Type: multipart/mixed; boundary=outer\r\n\r\npreamble\r\n--outer\r\n\r\none\r\n--outer \r\n"
    "Content-Type: multipart/report; boundary=\"in ner\"\r\n\r\n--in ner\r\nX: 2\r\n\r\ntwo\r\n\r\n--in ner\r\n\r\n"
    "three\r\n--in ner--\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; "
    "boundary=b\r\n"
    "\r\n--b\r\n\r\nwithin\r\n--b--\r\n--outer--\r\n--outer\r\n\r\nbehind the end\r\n");
  auto leaves = mail.leaves();
  ASSERT_EQ(leaves.size(), 4u);
  EXPECT_EQ(leaves[0].body, "one");
  EXPECT_EQ(leaves[1].body, "two\r\n");
  EXPECT_EQ(leaves[1].header["x"], "2");
  EXPECT_EQ(leaves[2].body, "three");
  EXPECT_EQ(leaves[3].type(), "message/rfc822") << "what is within messages is the messages'";
}

TEST(mime_reader, takes_a_boundary_that_is_there_for_one_that_is_not_said) {
  for (auto said : {"", "; boundary=", "; boundary=another"}) {
    const auto text = "Content-Type: multipart/report" + std::string{said} +
                      "\n\nThis is a report.\n--\n--found\n\none\n--found\n\ntwo, without an end\n";
    auto mail = read_mime(text);
    auto leaves = mail.leaves();
    ASSERT_EQ(leaves.size(), 2u) << said;
    EXPECT_EQ(leaves[0].body, "one");
    EXPECT_EQ(leaves[1].body, "two, without an end\n");
  }
  EXPECT_TRUE(read_mime("Content-Type: multipart/report\n\nnothing\n").leaves().empty());
}

TEST(mime_reader, looks_at_no_more_than_its_bounds) {
  std::string fields;
  for (size_t i = 0; i < 10 * limits::mime_fields_max; ++i) fields += "A" + std::to_string(i) + ": x\r\n";
  auto mail = read_mime(fields + "\r\n");
  EXPECT_EQ(static_cast<size_t>(std::distance(mail.header.begin(), mail.header.end())), limits::mime_fields_max);
  std::string folded = "Subject: x";
  for (int i = 0; i < 10'000; ++i) folded += "\r\n 0123456789";
  EXPECT_LE(read_mime(folded + "\r\n\r\n").header["subject"].size(), limits::mime_field_bytes_max);
  EXPECT_LE(read_mime("Subject: " + std::string(1 << 20, 'x') + "\r\n\r\n").header["subject"].size(),
            limits::mime_field_bytes_max);
  std::string many = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 1000; ++i) many += "--b\r\n\r\nx\r\n";
  EXPECT_EQ(read_mime(many).leaves().size(), limits::mime_parts_max);
  std::string deep;
  for (int i = 0; i < 100; ++i) {
    auto b = "b" + std::to_string(i);
    deep += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n";
  }
  EXPECT_TRUE(read_mime(deep + "\r\nx").leaves().empty());
}

TEST(mime_reader, is_content_with_anything) {
  for (std::string text :
       {"", "\n", "\r", "\r\n", ":", "a", "a:", "--", "Content-Type: multipart/x; boundary=\n\n--\n--\n"})
    EXPECT_LE(read_mime(text).leaves().size(), 2u) << text;
}

}  // namespace
}  // namespace cartwheel

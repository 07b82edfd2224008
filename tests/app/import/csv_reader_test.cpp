#include "app/import/csv_reader.hpp"

#include "app/import/limits.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::ElementsAre;

/// Records as "a|b", broken ones as "LINE:COLUMN why".
std::vector<std::string> read_in_pieces(std::string_view text, size_t piece) {
  std::vector<std::string> told;
  csv_reader reader{[&](const csv_record& r) {
    if (!r.fault.empty()) {
      told.push_back(fmt::format("{}:{} {}", r.fault_line, r.fault_column, r.fault));
      return;
    }
    std::string all;
    for (const auto& f : r.fields) all += (&f == r.fields.data() ? "" : "|") + f.text;
    told.push_back(std::move(all));
  }};
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) reader.read(text.substr(0, piece));
  reader.finish();
  return told;
}

/// However the pieces fall, the same.
std::vector<std::string> read(std::string_view text) {
  auto whole = read_in_pieces(text, text.size() + 1);
  EXPECT_EQ(whole, read_in_pieces(text, 1)) << text;
  EXPECT_EQ(whole, read_in_pieces(text, 3)) << text;
  return whole;
}

TEST(csv_reader, lines_with_either_end_and_none) {
  EXPECT_THAT(read("a,b\r\nc,d\ne,f"), ElementsAre("a|b", "c|d", "e|f"));
  EXPECT_THAT(read("a,b\r\n"), ElementsAre("a|b"));
  EXPECT_THAT(read(""), ElementsAre());
  EXPECT_THAT(read("\n\r\n\na\n"), ElementsAre("a")) << "empty lines";
}

TEST(csv_reader, quotes) {
  EXPECT_THAT(read("\"a,\"\"b\"\"\nc\",d\n"), ElementsAre("a,\"b\"\nc|d"));
  EXPECT_THAT(read("\"\",\n"), ElementsAre("|"));
  EXPECT_THAT(read("x,\"a\r\nb\"\r\n"), ElementsAre("x|a\r\nb"));
}

TEST(csv_reader, empty_values_count) { EXPECT_THAT(read(",,\n,a,\n"), ElementsAre("||", "|a|")); }

TEST(csv_reader, the_first_delimiter_is_the_one) {
  EXPECT_THAT(read("a;b,c\nd;\"e;f\"\n"), ElementsAre("a|b,c", "d|e;f"));
  EXPECT_THAT(read("\"a;b\",c\n"), ElementsAre("a;b|c")) << "not one in quotes";
}

TEST(csv_reader, a_byte_order_mark_is_no_value) {
  EXPECT_THAT(read("\xef\xbb\xbf"
                   "a,b\n"),
              ElementsAre("a|b"));
  EXPECT_THAT(read("\xef\xbb"
                   "a,b\n"),
              ElementsAre("\xef\xbb"
                          "a|b"));
}

TEST(csv_reader, a_carriage_return_alone_is_a_byte) { EXPECT_THAT(read("a\rb,c\n"), ElementsAre("a\rb|c")); }

TEST(csv_reader, what_breaks_the_format_is_named_and_passed_over) {
  EXPECT_THAT(read("a,b\nc,d\"e\nf,g\n"),
              ElementsAre("a|b", "2:4 a quote stands inside of a value that does not begin with one", "f|g"));
  EXPECT_THAT(read("\"a\"b,c\nd,e\n"),
              ElementsAre("1:4 a closing quote is followed by something else than the next value", "d|e"));
  EXPECT_THAT(read("\"a\"\rb,c\nd,e\n"),
              ElementsAre("1:5 a closing quote is followed by a carriage return that ends no line", "d|e"));
  EXPECT_THAT(read("a,b\nc,\"d\ne"), ElementsAre("a|b", "2:3 a quote is opened and never closed"));
}

TEST(csv_reader, values_know_where_they_began) {
  std::vector<csv_field> fields;
  csv_reader reader{[&](const csv_record& r) { fields = r.fields; }};
  reader.read("h\nab,\"c\nd\",e,\n");
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_EQ(fields[1].line, 2u);
  EXPECT_EQ(fields[1].column, 4u);
  EXPECT_EQ(fields[2].line, 3u);
  EXPECT_EQ(fields[2].column, 4u);
  EXPECT_EQ(fields[3].column, 6u);
}

TEST(csv_reader, is_bounded) {
  const std::string longest(limits::import_record_bytes_max - 1, 'a');
  EXPECT_THAT(read_in_pieces(longest + "\nb\n", 4096), ElementsAre(longest, "b"));
  EXPECT_THAT(read_in_pieces(longest + "aa\nb\n", 4096),
              ElementsAre("1:65537 the record is longer than 65536 bytes", "b"));
  auto open = read_in_pieces("a,\"" + std::string(2 * limits::import_record_bytes_max, 'x') + "\nb,c\n", 4096);
  EXPECT_THAT(open, ElementsAre("1:3 the record is longer than 65536 bytes; is this quote never closed?", "b|c"));
  std::string columns(limits::import_columns_max - 1, ',');
  EXPECT_EQ(read_in_pieces(columns + "\n", 4096).front(), std::string(limits::import_columns_max - 1, '|'));
  EXPECT_THAT(read_in_pieces(columns + ",\n", 4096), ElementsAre("1:256 there are more than 256 columns"));
}

}  // namespace
}  // namespace cartwheel

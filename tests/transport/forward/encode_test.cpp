#include "transport/forward/encode.hpp"

#include "tests/transport/forward/entries.hpp"
#include "transport/forward/ack_reader.hpp"

#include <gtest/gtest.h>

namespace cartwheel::forward {
namespace {

TEST(encode, a_packed_chunk_byte_for_byte) {
  EXPECT_EQ(pack_chunk("t", "xy", "id", 3),
            "\x93\xa1t\xc4\x02xy\x82\xa4size\x03\xa5"
            "chunk\xa2id");
  EXPECT_EQ(pack_chunk("t", "", "", 0), std::string("\x93\xa1t\xc4\x00\x80", 6));
}

TEST(encode, event_time_is_seconds_and_nanoseconds) {
  std::string out;
  append_event_time(out, 1'700'000'000'123);
  EXPECT_EQ(out, std::string("\xd7\x00\x65\x53\xf1\x00\x07\x54\xd4\xc0", 10));
}

TEST(ack_reader, reads_acks_however_they_are_cut) {
  const std::string text = samples::ack("one") + samples::ack(std::string(200, '2')) + samples::ack("");
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    ack_reader r;
    std::vector<std::string> ids;
    for (const auto& part : {text.substr(0, cut), text.substr(cut)}) {
      r.feed(part);
      while (auto id = r.next()) ids.push_back(*id);
    }
    EXPECT_EQ(ids, (std::vector<std::string>{"one", std::string(200, '2'), ""})) << cut;
    EXPECT_FALSE(r.failed());
  }
}

TEST(ack_reader, refuses_what_is_no_ack) {
  const std::string bad[] = {"x",
                             "\x82",
                             "\x81\xa3nak\xa1i",
                             std::string{"\x81\x05"},
                             std::string{"\x81\xa3"
                                         "ack\x05"},
                             "\x81\xdb\x7f\xff\xff\xff" + std::string(2000, 'a')};
  for (const std::string& bytes : bad) {
    ack_reader r;
    r.feed(bytes);
    EXPECT_FALSE(r.next());
    EXPECT_TRUE(r.failed());
  }
}

}  // namespace
}  // namespace cartwheel::forward

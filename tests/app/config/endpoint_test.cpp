#include "app/config/endpoint.hpp"

#include "app/config/memory.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(endpoint, equal_addresses_compare_equal) {
  EXPECT_EQ(parse_listen("[0:0:0:0:0:0:0:1]:80"), (endpoint_settings{"::1", 80}));
  EXPECT_EQ(parse_listen("localhost:80"), (endpoint_settings{"127.0.0.1", 80}));
  EXPECT_FALSE(parse_listen("127.0.0.01:80"));
}

TEST(endpoint, prints_what_it_reads) {
  for (auto text : {"127.0.0.1:0", "[::1]:65535", "10.0.0.1:25"}) EXPECT_EQ(to_string(*parse_listen(text)), text);
  EXPECT_EQ(to_string(*parse_host_port("relay.example.com:25")), "relay.example.com:25");
}

TEST(endpoint, calling_takes_names_and_no_port_0) {
  EXPECT_FALSE(parse_listen("relay:25"));
  EXPECT_EQ(parse_host_port("relay:25"), (endpoint_settings{"relay", 25}));
  EXPECT_EQ(parse_host_port("localhost:25"), (endpoint_settings{"127.0.0.1", 25}));
  for (auto text : {"relay:0", "relay", "relay:", ":25", "a..b:25", "a-.b:25", "1.2.3:25", "[::1:25", "::1:25", ""})
    EXPECT_FALSE(parse_host_port(text)) << text;
}

TEST(endpoint, loopback_is_this_machine_only) {
  for (auto text : {"127.0.0.1:1", "127.255.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"})
    EXPECT_TRUE(is_loopback(*parse_listen(text))) << text;
  for (auto text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "128.0.0.1:1", "[::ffff:10.0.0.1]:1"})
    EXPECT_FALSE(is_loopback(*parse_listen(text))) << text;
}

TEST(memory, is_a_share_or_an_amount) {
  constexpr uint64_t machine = 16ull << 30;
  EXPECT_EQ(parse_memory("100%", 1000), 1000U);
  EXPECT_EQ(parse_memory("75%", machine), machine / 100 * 75);
  EXPECT_EQ(parse_memory("8GiB", machine), 8ull << 30);
  EXPECT_EQ(parse_memory("512MiB", machine), 512ull << 20);
  EXPECT_FALSE(parse_memory("16777216TiB", machine));  // 2^64
}

}  // namespace
}  // namespace cartwheel

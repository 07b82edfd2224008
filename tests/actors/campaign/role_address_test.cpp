#include "actors/campaign/role_address.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(role_address, is_known_by_its_local_part) {
  for (const auto* address : {"info@example.com", "Sales@example.com", "POSTMASTER@example.com", "abuse@x.example",
                              "no-reply@example.com", "support+cart@example.com"})
    EXPECT_TRUE(is_role_address(address)) << address;
  for (const auto* address :
       {"anna@example.com", "informal@example.com", "info.desk@example.com", "anna@info.example", "", "@example.com",
        "i\xc3\xb1"
        "fo@example.com"})
    EXPECT_FALSE(is_role_address(address)) << address;
}

}  // namespace
}  // namespace cartwheel

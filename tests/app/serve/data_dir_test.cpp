#include "app/serve/data_dir.hpp"
#include "tests/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

namespace cartwheel {
namespace {

class data_dir_test : public testing::Test {
 protected:
  static std::string refusal(const std::filesystem::path& path) {
    try {
      data_dir d{path};
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "";
  }

  test::scratch_folder scratch_;
  std::filesystem::path root_ = scratch_.path();
};

TEST_F(data_dir_test, is_made_and_remembers_shops) {
  {
    data_dir d{root_ / "new" / "deeper"};
    EXPECT_FALSE(d.had_state());
    d.remember_shops({"b", "a"});
  }
  data_dir again{root_ / "new" / "deeper"};
  EXPECT_TRUE(again.had_state());
  EXPECT_EQ(again.known_shops(), (std::set<std::string>{"a", "b"}));
}

TEST_F(data_dir_test, a_second_server_is_refused) {
  data_dir first{root_};
  EXPECT_NE(refusal(root_).find("another server runs on it"), std::string::npos);
}

TEST_F(data_dir_test, a_place_that_is_no_folder_is_refused_by_name) {
  std::ofstream{root_ / "file"} << "x";
  EXPECT_NE(refusal(root_ / "file").find("node.data_dir"), std::string::npos);
}

TEST_F(data_dir_test, a_manifest_of_another_format_is_refused) {
  { data_dir d{root_}; }
  std::ofstream{root_ / "manifest.json"} << R"({"format": 2})";
  EXPECT_NE(refusal(root_).find("format 2 is not known"), std::string::npos);
  std::ofstream{root_ / "manifest.json"} << R"({"format": 1, "cart_partitions": 128, "person_partitions": 64})";
  EXPECT_NE(refusal(root_).find("partition counts"), std::string::npos);
  std::ofstream{root_ / "manifest.json"} << "not json";
  EXPECT_NE(refusal(root_).find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace cartwheel

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

TEST_F(data_dir_test, is_made_and_taken_again) {
  { data_dir d{root_ / "new" / "deeper"}; }
  EXPECT_TRUE(std::filesystem::exists(root_ / "new" / "deeper" / "manifest.json"));
  EXPECT_EQ(refusal(root_ / "new" / "deeper"), "");
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

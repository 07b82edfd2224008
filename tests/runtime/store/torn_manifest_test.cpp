#include "runtime/store/torn_manifest.hpp"

#include "runtime/store/store.hpp"
#include "runtime/store/store_batch.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace cartwheel {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct a_store_with_a_manifest : testing::Test {
  store_options options() const { return {folder / "store", limits::store_memory_bytes_default, nullptr}; }
  fs::path manifest() const {
    auto name = content_of(folder / "store" / "CURRENT");
    name.pop_back();
    return folder / "store" / name;
  }
  static void write(store& s, std::string key) {
    store_batch b;
    b.put(store_table::orders, key, "value");
    s.write(b);
  }
  static bool holds(const store& s, std::string key) { return s.get(store_table::orders, key).has_value(); }

  test::scratch_folder folder;
};

TEST_F(a_store_with_a_manifest, is_whole_records_all_of_it) {
  {
    store s{options()};
    for (int i = 0; i < 50; ++i) {
      write(s, "k" + std::to_string(i));
      s.flush();
    }
  }
  const auto bytes = content_of(manifest());
  ASSERT_GT(bytes.size(), 1000u);
  EXPECT_EQ(whole_records_of_manifest(bytes), bytes.size());
  for (size_t cut = 1; cut < 40; ++cut)
    EXPECT_LT(whole_records_of_manifest(std::string_view{bytes}.substr(0, bytes.size() - cut)), bytes.size() - cut + 1);
  auto damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  EXPECT_LE(whole_records_of_manifest(damaged), bytes.size() / 2);
}

TEST_F(a_store_with_a_manifest, opens_behind_a_change_that_was_never_synced) {
  {
    store s{options()};
    write(s, "kept");
    s.flush();
  }
  std::ofstream{manifest(), std::ios::binary | std::ios::app} << std::string("\1\2\3\4\5\0\1zzzzz", 12);
  store s{options()};
  EXPECT_TRUE(holds(s, "kept"));
}

TEST_F(a_store_with_a_manifest, does_not_open_when_what_was_flushed_is_cut_off) {
  {
    store s{options()};
    write(s, "a");
    s.flush();
    write(s, "lost");
    s.flush();
  }
  const auto folder_before = folder / "before";
  fs::copy(folder / "store", folder_before, fs::copy_options::recursive);
  int refused = 0;
  for (size_t back = 5; back < 200; back += 5) {
    fs::remove_all(folder / "store");
    fs::copy(folder_before, folder / "store", fs::copy_options::recursive);
    auto bytes = content_of(manifest());
    bytes[bytes.size() - back] ^= 1;  // in one of the last changes, which were synced
    std::ofstream{manifest(), std::ios::binary} << bytes;
    try {
      store s{options()};
      EXPECT_TRUE(holds(s, "a") && holds(s, "lost")) << "without what was flushed, damaged " << back << " from the end";
    } catch (const std::runtime_error& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr("has lost what was durable in it"));
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace cartwheel

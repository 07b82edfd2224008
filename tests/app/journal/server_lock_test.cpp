#include "app/journal/server_lock.hpp"

#include "app/serve/data_dir.hpp"
#include "tests/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

namespace cartwheel {
namespace {

TEST(server_lock, is_held_while_a_server_runs) {
  test::scratch_folder folder;
  EXPECT_FALSE(server_lock::held(folder.path()));
  EXPECT_FALSE(std::filesystem::exists(folder / "lock")) << "looking changes nothing";
  std::optional<data_dir> server{folder.path()};
  EXPECT_TRUE(server_lock::held(folder.path()));
  EXPECT_THROW(server_lock{folder.path()}, std::runtime_error);
  server.reset();
  EXPECT_FALSE(server_lock::held(folder.path()));
}

TEST(server_lock, keeps_servers_away) {
  test::scratch_folder folder;
  {
    server_lock lock{folder.path()};
    EXPECT_THROW(data_dir{folder.path()}, std::runtime_error);
  }
  EXPECT_NO_THROW(data_dir{folder.path()});
}

}  // namespace
}  // namespace cartwheel

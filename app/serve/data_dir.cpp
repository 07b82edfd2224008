#include "app/serve/data_dir.hpp"

#include "runtime/base/partitions.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace cartwheel {

namespace {

constexpr int manifest_format = 1;

}  // namespace

data_dir::data_dir(std::filesystem::path path) : path_{std::move(path)} {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) throw std::runtime_error{fmt::format("node.data_dir = \"{}\": {}", path_.string(), error.message())};
  auto file = path_ / "lock";
  lock_.descriptor = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (lock_.descriptor < 0)
    throw std::runtime_error{fmt::format("node.data_dir = \"{}\": {}", path_.string(), std::strerror(errno))};
  if (::flock(lock_.descriptor, LOCK_EX | LOCK_NB) != 0) {
    throw std::runtime_error{fmt::format("node.data_dir = \"{}\": another server runs on it", path_.string())};
  }
  read_manifest();
  write_manifest();
}

data_dir::lock_file::~lock_file() {
  if (descriptor >= 0) ::close(descriptor);
}

void data_dir::read_manifest() {
  auto file = path_ / "manifest.json";
  std::ifstream in{file};
  if (!in) return;
  auto j = nlohmann::json::parse(in, nullptr, false);
  auto fail = [&](const std::string& what) { return std::runtime_error{fmt::format("{}: {}", file.string(), what)}; };
  if (j.is_discarded() || !j.is_object()) throw fail("is damaged: no JSON object");
  if (j.value("format", 0) != manifest_format)
    throw fail(
      fmt::format("format {} is not known to this version (it knows {})", j.value("format", 0), manifest_format));
  if (j.value("cart_partitions", 0) != cart_partition_count ||
      j.value("person_partitions", 0) != person_partition_count)
    throw fail("its partition counts are not this version's; they never change for the life of a directory");
}

void data_dir::write_manifest() const {
  nlohmann::ordered_json j;
  j["format"] = manifest_format;
  j["cart_partitions"] = cart_partition_count;
  j["person_partitions"] = person_partition_count;
  auto file = path_ / "manifest.json";
  auto fresh = path_ / "manifest.json.new";
  {
    std::ofstream out{fresh};
    out << j.dump(2) << '\n';
    out.flush();
    if (!out) throw std::runtime_error{fmt::format("{}: {}", fresh.string(), std::strerror(errno))};
  }
  std::filesystem::rename(fresh, file);
}

}  // namespace cartwheel

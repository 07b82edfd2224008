#include "app/serve/data_dir.hpp"

#include "runtime/base/file_layer.hpp"
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
}

data_dir::lock_file::~lock_file() {
  if (descriptor >= 0) ::close(descriptor);
}

void data_dir::read_manifest() {
  const auto file = manifest();
  auto fail = [&](const std::string& what) { return std::runtime_error{fmt::format("{}: {}", file.string(), what)}; };
  std::error_code error;
  const bool there = std::filesystem::exists(file, error);
  if (error) throw fail(error.message());
  if (!there) return write_manifest();
  std::ifstream in{file};
  if (!in) throw fail(std::strerror(errno));
  auto j = nlohmann::json::parse(in, nullptr, false);
  if (j.is_discarded() || !j.is_object()) throw fail("is damaged: no JSON object");
  auto number = [&](const char* key) {
    auto i = j.find(key);
    return i != j.end() && i->is_number_integer() ? i->get<int64_t>() : -1;
  };
  if (number("format") != manifest_format) {
    auto format = j.find("format");
    throw fail(fmt::format("format {} is not known to this version (it knows {})",
                           format == j.end() ? "(none)" : format->dump(), manifest_format));
  }
  if (number("cart_partitions") != cart_partition_count || number("person_partitions") != person_partition_count)
    throw fail("its partition counts are not this version's; they never change for the life of a directory");
  if (auto keys = j.find("keys"); keys != j.end() && keys->is_string()) keys_ = *keys;
}

void data_dir::belong_to(const std::string& keys_fingerprint, const std::filesystem::path& keys_file) {
  if (keys_ == keys_fingerprint) return;
  if (!keys_.empty())
    throw std::runtime_error{
      fmt::format("{}: are not the keys that {} was written with: nobody in it would be known again",
                  keys_file.string(), path_.string())};
  keys_ = keys_fingerprint;
  write_manifest();
}

void data_dir::write_manifest() const {
  nlohmann::ordered_json j;
  j["format"] = manifest_format;
  j["cart_partitions"] = cart_partition_count;
  j["person_partitions"] = person_partition_count;
  if (!keys_.empty()) j["keys"] = keys_;
  auto& files = real_files();
  const auto fresh = path_ / "manifest.json.new";
  try {
    {
      auto out = files.create(fresh);
      write_fully(*out, 0, j.dump(2) + '\n');
      out->sync_data();
    }
    files.rename(fresh, manifest());
    files.sync_folder(path_);
  } catch (...) {
    std::error_code ignored;  // what went wrong is told already
    std::filesystem::remove(fresh, ignored);
    throw;
  }
}

}  // namespace cartwheel

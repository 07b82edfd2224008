#include "runtime/store/store_folder.hpp"

#include "runtime/store/store_error.hpp"
#include "runtime/store/torn_manifest.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace cartwheel {

namespace {

using std::filesystem::path;

const rocksdb::IOOptions usual;

constexpr std::string_view unfinished = ".store-unfinished";
constexpr std::string_view unfinished_file = ".dbtmp";  // RocksDB clears such files away
constexpr std::string_view flushed_name = "FLUSHED";

/// What makes a folder a store's: one file with one line, `cartwheel store, format 1, live`.
constexpr std::string_view mark_name = "STORE";
constexpr std::string_view mark_begin = "cartwheel store, format ";
constexpr int format = 1;
constexpr std::string_view mark_end = ", live\n";

/// "x/store/" and "x/store" are one folder; names beside it are made from the latter.
path without_last_slash(const path& p) { return p.has_filename() ? p : p.parent_path(); }

}  // namespace

store_folder::store_folder(const path& p, std::shared_ptr<rocksdb::FileSystem> files)
    : path_{without_last_slash(p)}, files_{files ? std::move(files) : rocksdb::FileSystem::Default()} {}

bool store_folder::exists(const path& p) const {
  auto status = files_->FileExists(p.string(), usual, nullptr);
  if (!status.ok() && !status.IsNotFound()) raise(status, p, "looking whether it is there");
  return status.ok();
}

std::vector<std::string> store_folder::names_in(const path& p) const {
  std::vector<std::string> names;
  check(files_->GetChildren(p.string(), usual, &names, nullptr), p, "listing");
  std::erase_if(names, [](const auto& n) { return n == "." || n == ".."; });
  return names;
}

void store_folder::sync(const path& p) const {
  const path& folder = p.empty() ? path{"."} : p;
  std::unique_ptr<rocksdb::FSDirectory> open;
  check(files_->NewDirectory(folder.string(), usual, &open, nullptr), folder, "opening the folder to sync it");
  check(open->Fsync(usual, nullptr), folder, "syncing the folder");
}

void store_folder::clear_away(const path& p) const {
  if (!exists(p)) return;
  for (const auto& name : names_in(p))
    check(files_->DeleteFile((p / name).string(), usual, nullptr), p, "removing " + name);
  check(files_->DeleteDir(p.string(), usual, nullptr), p, "removing the folder");
}

void store_folder::make() const {
  const auto fresh = path{path_} += unfinished;
  clear_away(fresh);
  check(files_->CreateDir(fresh.string(), usual, nullptr), fresh, "making the folder");
  const auto line = fmt::format("{}{}{}", mark_begin, format, mark_end);
  check(rocksdb::WriteStringToFile(files_.get(), line, (fresh / mark_name).string(), true), path_, "writing STORE");
  sync(fresh);
  check(files_->RenameFile(fresh.string(), path_.string(), usual, nullptr), fresh, "giving it its name");
  sync(path_.parent_path());
}

void store_folder::expect() const {
  auto refuse = [&](std::string_view why) { return std::runtime_error{fmt::format("{}: {}", path_.string(), why)}; };
  if (!exists()) throw refuse("is not there");
  auto file = path_ / mark_name;
  if (!exists(file)) throw refuse("is no store (no readable file STORE in it)");
  std::string text;
  check(rocksdb::ReadFileToString(files_.get(), file.string(), &text), path_, "reading STORE");
  std::string_view line{text};
  int found = 0;
  if (line.starts_with(mark_begin)) {
    line.remove_prefix(mark_begin.size());
    line.remove_prefix(std::from_chars(line.data(), line.data() + line.size(), found).ptr - line.data());
  }
  if (found > format)
    throw refuse(fmt::format("was written by a newer version: format {}, this one knows {}", found, format));
  if (found != format || line != mark_end) throw refuse("its file STORE is damaged");
}

/// One rename, of a file that is durable: there is always an old or a new one.
void store_folder::replace(const std::string& name, const std::string& content) const {
  const auto fresh = path_ / (name + std::string{unfinished_file});
  check(rocksdb::WriteStringToFile(files_.get(), content, fresh.string(), true), path_, "writing " + name);
  check(files_->RenameFile(fresh.string(), (path_ / name).string(), usual, nullptr), path_, "replacing " + name);
  sync(path_);
}

void store_folder::note_flushed(uint64_t sequence) const {
  replace(std::string{flushed_name}, fmt::format("{}\n", sequence));
}

uint64_t store_folder::flushed() const {
  const auto file = path_ / flushed_name;
  if (!exists(file)) return 0;
  std::string text;
  check(rocksdb::ReadFileToString(files_.get(), file.string(), &text), path_, "reading FLUSHED");
  uint64_t sequence = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  if (error != std::errc{} || end + 1 != text.data() + text.size() || *end != '\n')
    throw std::runtime_error{fmt::format("{}: its file FLUSHED is damaged", path_.string())};
  return sequence;
}

bool store_folder::cut_torn_manifest() const {
  std::string name, bytes;
  if (!exists(path_ / "CURRENT")) return false;
  check(rocksdb::ReadFileToString(files_.get(), (path_ / "CURRENT").string(), &name), path_, "reading CURRENT");
  if (!name.starts_with("MANIFEST-") || !name.ends_with('\n') || name.find('/') != name.npos) return false;
  name.pop_back();
  if (!exists(path_ / name)) return false;
  check(rocksdb::ReadFileToString(files_.get(), (path_ / name).string(), &bytes), path_, "reading " + name);
  const auto whole = whole_records_of_manifest(bytes);
  if (whole == 0 || whole == bytes.size()) return false;
  bytes.resize(whole);
  replace(name, bytes);
  return true;
}

folder_lock::folder_lock(const path& folder, rocksdb::FileSystem& files) : files_{files} {
  auto status = files_.LockFile((folder / "LOCK").string(), usual, &held_, nullptr);
  if (!status.ok()) raise(status, folder, "may not be written, or another store is open on it");
}

folder_lock::~folder_lock() { files_.UnlockFile(held_, usual, nullptr).PermitUncheckedError(); }

}  // namespace cartwheel

#include "runtime/store/store_folder.hpp"

#include "runtime/store/store_error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace cartwheel {

namespace {

using std::filesystem::path;

const rocksdb::IOOptions usual;

constexpr std::string_view unfinished = ".store-unfinished";
/// RocksDB writes a checkpoint there first.
constexpr std::string_view unfinished_checkpoint = ".store-unfinished.tmp";
constexpr std::string_view ready = ".store-ready";
constexpr std::string_view discarded = ".store-discarded";

/// What makes a folder a store's: one file with one line, `cartwheel store, format 1, live`.
constexpr std::string_view mark_name = "STORE";
constexpr std::string_view mark_begin = "cartwheel store, format ";
constexpr int format = 1;

std::string_view name_of(folder_kind kind) { return kind == folder_kind::live ? "live" : "checkpoint"; }

/// "x/store/" and "x/store" are one folder; names beside it are made from the latter.
path without_last_slash(const path& p) { return p.has_filename() ? p : p.parent_path(); }

}  // namespace

store_folder::store_folder(const path& p, std::shared_ptr<rocksdb::FileSystem> files)
    : path_{without_last_slash(p)}, files_{files ? std::move(files) : rocksdb::FileSystem::Default()} {}

path store_folder::beside(std::string_view suffix) const { return path{path_} += suffix; }

std::optional<std::string> store_folder::owner_of_leftover(std::string_view name) {
  for (auto suffix : {unfinished, unfinished_checkpoint, discarded})
    if (name.ends_with(suffix)) return std::string{name.substr(0, name.size() - suffix.size())};
  return std::nullopt;
}

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

void store_folder::make(const path& p) const {
  check(files_->CreateDir(p.string(), usual, nullptr), p, "making the folder");
}

void store_folder::rename(const path& from, const path& to) const {
  check(files_->RenameFile(from.string(), to.string(), usual, nullptr), from, "renaming to " + to.filename().string());
  sync(path_.parent_path());
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

void store_folder::expect(folder_kind kind) const {
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
  auto is = [&](folder_kind k) { return found == format && line == fmt::format(", {}\n", name_of(k)); };
  if (is(kind)) return;
  if (is(folder_kind::checkpoint)) throw refuse("is a checkpoint: it is never opened, a live folder is made from it");
  if (is(folder_kind::live)) throw refuse("is a live folder, no checkpoint");
  throw refuse("its file STORE is damaged");
}

void store_folder::settle() const {
  if (exists(beside(ready))) {
    std::optional<folder_lock> alone;
    if (exists()) {
      alone.emplace(path_, *files_);
      clear_away(beside(discarded));
      rename(path_, beside(discarded));
    }
    rename(beside(ready), path_);
  }
  for (auto suffix : {unfinished, unfinished_checkpoint, discarded}) clear_away(beside(suffix));
}

path store_folder::begin() const {
  settle();
  return beside(unfinished);
}

/// Durable before it gets any other name: the files in it are, by those who wrote them; their names are by this.
void store_folder::complete(folder_kind kind) const {
  auto mark = beside(unfinished) / mark_name;
  auto line = fmt::format("{}{}, {}\n", mark_begin, format, name_of(kind));
  check(rocksdb::WriteStringToFile(files_.get(), line, mark.string(), true), path_, "writing STORE");
  sync(beside(unfinished));
}

void store_folder::finish(folder_kind kind) const {
  complete(kind);
  try {
    rename(beside(unfinished), path_);
  } catch (const std::exception&) {
    // Renamed but perhaps not durably so: the caller is told no, so it should not be there.
    try {
      remove();
    } catch (const std::exception&) {}
    throw;
  }
}

void store_folder::replace(folder_kind kind) const {
  complete(kind);
  rename(beside(unfinished), beside(ready));
  settle();
}

void store_folder::give_up() const noexcept {
  for (auto suffix : {unfinished, unfinished_checkpoint}) try {
      clear_away(beside(suffix));
    } catch (const std::exception&) {
      // The reason for giving up is about to be told; this one would hide it.
    }
}

void store_folder::remove() const {
  settle();
  if (!exists()) return;
  std::optional<folder_lock> alone;
  if (exists(path_ / "LOCK")) alone.emplace(path_, *files_);  // a live one; a checkpoint has none
  rename(path_, beside(discarded));
  clear_away(beside(discarded));
}

void store_folder::link(const path& from, const path& to) const {
  auto status = files_->LinkFile(from.string(), to.string(), usual, nullptr);
  if (status.IsNotSupported()) return copy(from, to);
  check(status, path_, "linking " + from.filename().string());
}

void store_folder::copy(const path& from, const path& to) const {
  std::string bytes;
  check(rocksdb::ReadFileToString(files_.get(), from.string(), &bytes), path_, "reading " + from.string());
  check(rocksdb::WriteStringToFile(files_.get(), bytes, to.string(), true), path_, "writing " + to.string());
}

folder_lock::folder_lock(const path& live, rocksdb::FileSystem& files) : files_{files} {
  auto status = files_.LockFile((live / "LOCK").string(), usual, &held_, nullptr);
  if (!status.ok()) raise(status, live, "may not be written, or another store is open on it");
}

folder_lock::~folder_lock() { files_.UnlockFile(held_, usual, nullptr).PermitUncheckedError(); }

}  // namespace cartwheel

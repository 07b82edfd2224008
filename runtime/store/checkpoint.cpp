#include "runtime/store/checkpoint.hpp"

#include "runtime/store/store_folder.hpp"

namespace cartwheel {

void restore_store(const std::filesystem::path& checkpoint, const std::filesystem::path& live,
                   std::shared_ptr<rocksdb::FileSystem> files) {
  store_folder from{checkpoint, files};
  from.expect(folder_kind::checkpoint);
  store_folder to{live, files};
  auto fresh = to.begin();
  to.make(fresh);
  for (const auto& name : from.names()) {
    // A table file is written once and never changed, so live and checkpoint can share it. Everything else is small, and
    // what RocksDB may yet do to its MANIFEST or CURRENT must not reach the checkpoint.
    if (name.ends_with(".sst"))
      to.link(from.where() / name, fresh / name);
    else if (name != "STORE" && name != "LOCK")
      to.copy(from.where() / name, fresh / name);
  }
  to.replace(folder_kind::live);
}

void remove_store(const std::filesystem::path& folder, std::shared_ptr<rocksdb::FileSystem> files) {
  store_folder{folder, std::move(files)}.remove();
}

void remove_store_leftovers(const std::filesystem::path& parent, std::shared_ptr<rocksdb::FileSystem> files) {
  for (const auto& name : store_folder{parent, files}.names())
    if (auto owner = store_folder::owner_of_leftover(name)) store_folder{parent / *owner, files}.settle();
}

}  // namespace cartwheel

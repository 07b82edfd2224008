#pragma once

#include <filesystem>
#include <memory>

namespace rocksdb {
class FileSystem;
}

// What is done with the folders of a store that nobody has open. In all of these: Bounds: one process works on a folder
// and its neighbours. Errors: std::system_error and std::runtime_error naming the folder. `files` null: the machine's
// file system; a test hands in a disk that fails.
namespace cartwheel {

/// Makes `live` anew from a checkpoint, whatever was there before. Table files are hard links (copies on another disk), so
/// this takes milliseconds; the checkpoint is never changed, however the store on `live` goes on.
/// A crash leaves the old or the new, and what is called `live` is whole; store and this function finish what was begun.
void restore_store(const std::filesystem::path& checkpoint, const std::filesystem::path& live,
                   std::shared_ptr<rocksdb::FileSystem> files = nullptr);

/// Removes a checkpoint, or a live folder to begin anew. A crash leaves all of it or nothing under its name.
void remove_store(const std::filesystem::path& folder, std::shared_ptr<rocksdb::FileSystem> files = nullptr);

/// Removes what checkpoints and removals that were cut short have left among the folders in `parent`.
void remove_store_leftovers(const std::filesystem::path& parent, std::shared_ptr<rocksdb::FileSystem> files = nullptr);

}  // namespace cartwheel

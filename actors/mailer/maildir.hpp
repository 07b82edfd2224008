#pragma once

#include "actors/content/reminder.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <vector>

namespace cartwheel {

enum class maildir_result : uint8_t { delivered, already_delivered, failed };

/// What became of one mail. `error` and `path` (what could not be made, written or synced) are set when it failed.
struct maildir_outcome {
  maildir_result result = maildir_result::failed;
  std::error_code error;
  std::string path;
};

/// The outlet for machines without a relay: mails become files in a Maildir, which any mail program reads.
/// Shape: a mail's file is named after its Message-ID, so that a file of that name in new/ or cur/ (there with flags
/// behind a colon) means it was delivered: a repeat, in this run or after a crash, delivers nothing. Lines end in LF, as
/// the format wants it; Return-Path and Delivered-To, the envelope, stand in front.
/// A mail is written and synced in tmp/, then moved: readers see whole mails only, and a full disk leaves nothing.
/// Runs on: one thread at a time; one process per Maildir writes, any number read and move.  Units: 8 B of memory (about
/// 40 with the set's own) per mail in it.  Source: D. J. Bernstein, Using maildir format.
class maildir {
 public:
  /// `durable`: sync what is delivered before saying so. Without, a power cut may lose mails; for demos and tests.
  explicit maildir(std::filesystem::path root, bool durable = true);

  /// Makes the folders where they are missing and reads the names of what is there. To be called before anything else.
  /// Errors: of the file system; `path` of the outcome says where.
  maildir_outcome open();

  maildir_outcome deliver(const rendered_mail& mail);

  /// Delivers several, with one sync of the folder for all of them. Outcomes come in the order of the mails; when the
  /// folder's sync fails, all that were new have failed (they may still be found delivered after a restart).
  std::vector<maildir_outcome> deliver(std::span<const rendered_mail> mails);

  const std::filesystem::path& root() const { return root_; }

  /// The name a Message-ID gives a file: letters, digits and . _ - @ + as they are, others as %XX; a name too long for a
  /// file system ends in a hash of the whole.
  static std::string file_name(std::string_view message_id);

 private:
  maildir_outcome place(const rendered_mail& mail, std::string& path);
  maildir_outcome write_file(const std::string& path, std::string_view text) const;
  bool is_there(const std::string& name) const;
  maildir_outcome read_names(const std::filesystem::path& folder);
  maildir_outcome sync_folder(const std::filesystem::path& folder) const;

  std::filesystem::path root_;
  std::filesystem::path tmp_;
  std::filesystem::path new_;
  std::filesystem::path cur_;
  bool durable_;
  // Fingerprints of the names in new/ and cur/. What is not among them was not delivered; a hit is looked up, for a
  // reader may have deleted the mail, and two names may meet.
  std::unordered_set<uint64_t> names_;
  std::string text_;  // kept between mails for its memory
};

}  // namespace cartwheel

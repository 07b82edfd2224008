#include "runtime/journal/block_file.hpp"

#include "runtime/base/crc32c.hpp"

#include <fmt/format.h>

#include <cstring>
#include <system_error>
#include <utility>

namespace cartwheel {

namespace {

constexpr std::string_view magic = "CWBLOCK1";
constexpr uint8_t end_tag = 0;
constexpr uint32_t block_bytes_max = 64u << 20;  // an element is a cart, a person: far smaller

/// Little-endian, before each block: how many bytes follow (tag and elements), and their CRC-32C.
struct block_header {
  uint32_t bytes;
  uint32_t crc;
};
static_assert(sizeof(block_header) == 8 && std::endian::native == std::endian::little);

std::string_view bytes_of(const block_header& h) { return {reinterpret_cast<const char*>(&h), sizeof h}; }

}  // namespace

block_writer::block_writer(file_layer& files, const std::filesystem::path& path) : file_{files.create(path)} {
  write_fully(*file_, 0, magic);
  offset_ = magic.size();
}

block_writer::part& block_writer::add(uint8_t tag, bool last) {
  parts_.push_back(std::unique_ptr<part>{new part{*this, tag, last}});
  return *parts_.back();
}

void block_writer::part::write() {
  if (block_.empty()) return;
  if (last_) {
    closed_.push_back(std::exchange(block_, {}));
    return;
  }
  of_.write_block(tag_, block_);
  block_.clear();
}

void block_writer::write_block(uint8_t tag, std::string_view elements) {
  if (failed_) return;
  std::string_view tag_byte{reinterpret_cast<const char*>(&tag), 1};
  block_header h{static_cast<uint32_t>(elements.size() + 1), crc32c(elements, crc32c(tag_byte))};
  std::string_view pieces[] = {bytes_of(h), tag_byte, elements};
  try {
    write_fully(*file_, offset_, pieces);
    offset_ += sizeof h + 1 + elements.size();
  } catch (const std::system_error&) {
    failed_ = std::current_exception();
  }
}

void block_writer::finish() {
  for (auto& p : parts_)
    if (!p->last_) p->write();
  for (auto& p : parts_) {
    for (const auto& block : p->closed_) write_block(p->tag_, block);
    if (p->last_ && !p->block_.empty()) write_block(p->tag_, p->block_);
  }
  write_block(end_tag, {});
  if (failed_) std::rethrow_exception(failed_);
}

block_reader::block_reader(file_layer& files, const std::filesystem::path& path)
    : file_{files.open(path, file_layer::access::read)}, size_{file_->size()} {
  char begins[magic.size()];
  if (file_->read_at(0, begins) != magic.size() || std::string_view{begins, magic.size()} != magic)
    damaged("does not begin as a snapshot's file");
  offset_ = magic.size();
}

void block_reader::damaged(std::string_view what) const {
  throw std::runtime_error{fmt::format("{}: at byte {}: {}", file_->path().string(), offset_, what)};
}

bool block_reader::next() {
  block_header h{};
  if (file_->read_at(offset_, {reinterpret_cast<char*>(&h), sizeof h}) != sizeof h) damaged("ends early");
  if (h.bytes == 0 || h.bytes > block_bytes_max) damaged("a block's length makes no sense");
  block_.resize(h.bytes);
  if (file_->read_at(offset_ + sizeof h, block_) != h.bytes) damaged("ends early");
  if (crc32c(block_) != h.crc) damaged("a block's CRC is wrong");
  offset_ += sizeof h + h.bytes;
  tag_ = static_cast<uint8_t>(block_.front());
  bytes_ = std::string_view{block_}.substr(1);
  return tag_ != end_tag;
}

}  // namespace cartwheel

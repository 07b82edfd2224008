#include "runtime/journal/segment_format.hpp"

#include "runtime/base/crc32c.hpp"
#include "runtime/journal/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstring>

namespace cartwheel {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");
static_assert(limits::record_payload_bytes_max <= UINT32_MAX - record_header_bytes - record_alignment);
static_assert(segment_header_bytes % record_alignment == 0 && record_header_bytes % record_alignment == 0);

constexpr std::string_view magic = "CARTWLOG";
constexpr std::string_view name_suffix = ".segment";
constexpr size_t name_digits = 20;

// Where the fields stand. In every format magic, version and sum are where they are, and the sum is that of the page
// without itself: so damage is told apart from a version that is not known.
namespace page {
constexpr size_t version = 8, sum = 12, mark = 16, first = 24, previous = 32, previous_end = 40, previous_newest = 48;
}
namespace field {
constexpr size_t mark = 0, sum = 8, payload_bytes = 12, at = 16, group_first = 24, durable_below = 32, received = 40,
                 kind = 48, format = 49, flags = 50, reserved = 51, payload = 56;
}
static_assert(field::payload == record_header_bytes);

constexpr uint8_t closes_group = 1;

template <std::integral Number>
void put(char* to, size_t at, Number n) {
  std::memcpy(to + at, &n, sizeof n);
}

template <std::integral Number>
Number get(std::string_view from, size_t at) {
  Number n;
  std::memcpy(&n, from.data() + at, sizeof n);
  return n;
}

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

uint32_t page_sum(std::string_view p) { return crc32c(p.substr(page::mark), crc32c(p.substr(0, page::sum))); }

}  // namespace

std::string segment_name(position first) { return fmt::format("{:020}{}", count(first), name_suffix); }

std::optional<position> segment_first(std::string_view name) {
  if (name.size() != name_digits + name_suffix.size() || !name.ends_with(name_suffix)) return std::nullopt;
  uint64_t first = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name_digits, first);
  if (error != std::errc{} || end != name.data() + name_digits || first == 0) return std::nullopt;
  return position{first};
}

std::string encode(const segment_header& h) {
  std::string p(segment_header_bytes, '\0');
  magic.copy(p.data(), magic.size());
  put(p.data(), page::version, segment_format_version);
  put(p.data(), page::mark, h.mark);
  put(p.data(), page::first, count(h.first));
  put(p.data(), page::previous, count(h.previous));
  put(p.data(), page::previous_end, count(h.previous_end));
  put(p.data(), page::previous_newest, unix_ms(h.previous_newest));
  put(p.data(), page::sum, page_sum(p));
  return p;
}

std::variant<segment_header, unusable_header> decode_segment_header(std::string_view p) {
  if (p.size() != segment_header_bytes) return unusable_header{"is too short for a segment's header"};
  if (!p.starts_with(magic)) return unusable_header{"its header is damaged, or this is no segment of a log"};
  if (get<uint32_t>(p, page::sum) != page_sum(p)) return unusable_header{"its header is damaged (CRC-32C)"};
  if (auto version = get<uint32_t>(p, page::version); version != segment_format_version)
    return unusable_header{
      fmt::format("has format {}, which is not known to this version (it knows {})", version, segment_format_version),
      true};
  return segment_header{get<uint64_t>(p, page::mark), position{get<uint64_t>(p, page::first)},
                        position{get<uint64_t>(p, page::previous)}, position{get<uint64_t>(p, page::previous_end)},
                        from_unix_ms(get<int64_t>(p, page::previous_newest))};
}

void encode(const record_header& h, uint64_t mark, std::string_view payload, char* to) {
  std::memset(to, 0, record_header_bytes);
  put(to, field::mark, mark);
  put(to, field::payload_bytes, h.payload_bytes);
  put(to, field::at, count(h.at));
  put(to, field::group_first, count(h.group_first));
  put(to, field::durable_below, count(h.durable_below));
  put(to, field::received, unix_ms(h.received));
  put(to, field::kind, static_cast<uint8_t>(h.kind));
  put(to, field::format, static_cast<uint8_t>(h.format));
  put(to, field::flags, h.closes_group ? closes_group : uint8_t{0});
  std::string_view summed{to + field::payload_bytes, record_header_bytes - field::payload_bytes};
  put(to, field::sum, crc32c(payload, crc32c(summed)));
}

std::optional<uint64_t> record_length(std::string_view bytes, uint64_t mark) {
  if (bytes.size() < record_header_bytes || get<uint64_t>(bytes, field::mark) != mark) return std::nullopt;
  return record_bytes(get<uint32_t>(bytes, field::payload_bytes));
}

std::optional<record_header> decode_record(std::string_view bytes, uint64_t mark) {
  auto length = record_length(bytes, mark);
  if (!length || *length > bytes.size()) return std::nullopt;
  auto payload_bytes = get<uint32_t>(bytes, field::payload_bytes);
  size_t end = record_header_bytes + payload_bytes;
  if (get<uint32_t>(bytes, field::sum) != crc32c(bytes.substr(field::payload_bytes, end - field::payload_bytes)))
    return std::nullopt;
  auto flags = get<uint8_t>(bytes, field::flags);
  if ((flags & ~closes_group) != 0 || !all_zero(bytes.substr(field::reserved, field::payload - field::reserved)) ||
      !all_zero(bytes.substr(end, *length - end)))
    return std::nullopt;
  return record_header{payload_bytes,
                       position{get<uint64_t>(bytes, field::at)},
                       position{get<uint64_t>(bytes, field::group_first)},
                       position{get<uint64_t>(bytes, field::durable_below)},
                       from_unix_ms(get<int64_t>(bytes, field::received)),
                       record_kind{get<uint8_t>(bytes, field::kind)},
                       payload_format{get<uint8_t>(bytes, field::format)},
                       (flags & closes_group) != 0};
}

}  // namespace cartwheel

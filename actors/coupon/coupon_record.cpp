#include "actors/coupon/coupon_record.hpp"

#include "runtime/base/bytes.hpp"

namespace cartwheel {

namespace {

constexpr uint8_t version = 1;

}  // namespace

std::string written_codes(std::span<const imported_code> codes) {
  std::string out;
  byte_writer w{out};
  w.byte(version);
  for (const auto& c : codes) {
    w.text(c.pool);
    w.text(c.code);
    w.time(c.expires);
  }
  return out;
}

std::vector<imported_code> read_codes(std::string_view payload) {
  std::vector<imported_code> codes;
  byte_reader r{payload};
  if (auto v = r.byte(); v != version)
    throw broken_bytes{"version " + std::to_string(v) + " of a record of coupon codes is not known here"};
  while (!r.done()) {
    auto& c = codes.emplace_back();
    c.pool = r.text();
    c.code = r.text();
    c.expires = r.time();
  }
  return codes;
}

}  // namespace cartwheel

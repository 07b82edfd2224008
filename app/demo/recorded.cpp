#include "app/demo/recorded.hpp"

#include "actors/event/decode.hpp"
#include "runtime/base/embedded.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

CARTWHEEL_EMBEDDED(recorded_day)

namespace cartwheel {
namespace {

std::string gunzip(std::string_view packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) throw std::runtime_error("recorded events: zlib does not start");
  std::unique_ptr<z_stream, int (*)(z_stream*)> guard{&stream, inflateEnd};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK) {
    size_t had = out.size();
    out.resize(had + 256 * 1024);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(out.size() - had);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  if (result != Z_STREAM_END) throw std::runtime_error("recorded events: the gzip data is broken or cut off");
  return out;
}

gateway_event as_sent(const event& e) {
  const auto& d = *e.details;
  gateway_event g;
  g.kind = e.kind;
  g.time = e.time;
  g.event_id = e.event_id;
  g.shop = e.shop;
  g.cart_id = e.cart_id;
  g.customer_id = e.customer_id;
  g.visitor_id = e.visitor_id;
  g.email = d.email_as_given;
  g.name = d.name;
  g.locale = d.locale;
  g.time_zone = d.time_zone;
  g.country = d.country;
  g.cart_url = d.cart_url;
  g.order_id = d.order_id;
  g.into = d.into;
  g.source = d.source;
  g.wording = d.wording;
  g.currency = e.currency.text();
  g.source_of_address = d.source_of_address;
  g.payment = d.payment;
  g.channel = d.channel;
  g.status = d.status;
  for (const auto& i : e.items) {
    g.items.push_back({.item_id = std::string{i.item_id},
                       .item_name = std::string{i.item_name},
                       .image_url = std::string{i.image_url},
                       .item_url = std::string{i.item_url},
                       .item_category = std::string{i.item_category},
                       .price = i.price,
                       .quantity = i.quantity});
  }
  return g;
}

}  // namespace

std::string_view recorded_file() { return embedded::recorded_day().front().bytes; }

std::vector<gateway_event> read_recorded(std::string_view file, instant start, milliseconds length) {
  std::string unpacked;
  if (file.starts_with("\x1f\x8b")) {
    unpacked = gunzip(file);
    file = unpacked;
  }
  event_batch batch;
  decode_json_lines(file, {}, batch);
  if (!batch.refused.empty()) {
    const auto& bad = batch.refused.front();
    throw std::runtime_error(fmt::format("recorded events: line {}: {}", bad.index + 1, bad.reason));
  }
  std::vector<gateway_event> events;
  if (batch.events.empty()) return events;
  std::ranges::stable_sort(batch.events, {}, &event::time);
  auto distance = start - batch.events.front().time;
  for (const auto& e : batch.events) {
    if (e.time + distance >= start + length) break;
    events.push_back(as_sent(e));
    events.back().time += distance;
  }
  return events;
}

const gateway_event* demo_day::next() {
  if (!asked_) {
    waiting_ = generated_.next();
    asked_ = true;
  }
  bool recorded_left = given_ < recorded_.size();
  if (recorded_left && (waiting_ == nullptr || recorded_[given_].time <= waiting_->time)) return &recorded_[given_++];
  asked_ = waiting_ == nullptr;  // after the end there is nothing to ask for
  generated_given_ += waiting_ != nullptr;
  return waiting_;
}

}  // namespace cartwheel

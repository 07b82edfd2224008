#pragma once

#include "transport/forward/encode.hpp"

#include <msgpack/pack.hpp>
#include <msgpack/sbuffer.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Bytes that the Forward tests and benchmarks send.
namespace cartwheel::forward::samples {

/// `{"event": name, "n": n}`
inline std::string record(std::string_view name, uint64_t n) {
  std::string out = "\x82";
  append_str(out, "event");
  append_str(out, name);
  append_str(out, "n");
  append_uint(out, n);
  return out;
}

/// `[EventTime, {"event": name, "n": n}]`
inline std::string entry(std::string_view name, uint64_t n) {
  std::string out = "\x92";
  append_event_time(out, 1'700'000'000'123 + static_cast<int64_t>(n));
  return out + record(name, n);
}

inline std::string entries(size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += entry("view_cart", i);
  return out;
}

inline std::string str(std::string_view text) {
  std::string out;
  append_str(out, text);
  return out;
}

inline std::string bin(std::string_view bytes) {
  std::string out;
  append_bin(out, bytes);
  return out;
}

inline std::string uint(uint64_t n) {
  std::string out;
  append_uint(out, n);
  return out;
}

inline std::string ack(std::string_view id) {
  std::string out;
  append_ack(out, id);
  return out;
}

/// `{"chunk": id}`
inline std::string chunk_option(std::string_view id) { return "\x81" + str("chunk") + str(id); }

/// `[tag, time, record, {"chunk": id}]`
inline std::string message_mode(std::string_view tag, std::string_view time, std::string_view rec,
                                std::string_view id) {
  return "\x94" + str(tag) + std::string{time} + std::string{rec} + chunk_option(id);
}

/// `[tag, [entry...], {"chunk": id}]`
inline std::string forward_mode(std::string_view tag, size_t count, std::string_view id) {
  std::string out = "\x93" + str(tag);
  out += static_cast<char>(0x90 + count);
  return out + entries(count) + chunk_option(id);
}

}  // namespace cartwheel::forward::samples

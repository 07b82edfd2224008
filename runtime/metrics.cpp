#include "runtime/metrics.hpp"

#include <fmt/format.h>

#include <iterator>

namespace cartwheel {

void histogram::observe(double value, uint64_t times) {
  size_t i = 0;
  while (i < bounds_.size() && value > bounds_[i]) ++i;
  counts_[i].add(times);
  sum_.store(sum_.load(std::memory_order_relaxed) + value * static_cast<double>(times), std::memory_order_relaxed);
}

void metrics_page::family(std::string_view name, std::string_view type, std::string_view help) {
  family_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void metrics_page::name_and_labels(std::string_view suffix, std::initializer_list<label> labels) {
  text_ += family_;
  text_ += suffix;
  if (labels.size() == 0) return;
  char before = '{';
  for (const auto& [key, value] : labels) {
    text_ += before;
    text_ += key;
    text_ += "=\"";
    for (char c : value) {
      if (c == '\\' || c == '"') text_ += '\\';
      if (c == '\n')
        text_ += "\\n";
      else
        text_ += c;
    }
    text_ += '"';
    before = ',';
  }
  text_ += '}';
}

void metrics_page::sample(double value, std::initializer_list<label> labels) {
  name_and_labels("", labels);
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void metrics_page::sample(uint64_t value, std::initializer_list<label> labels) {
  name_and_labels("", labels);
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void metrics_page::distribution(std::span<const histogram* const> parts) {
  if (parts.empty()) return;
  auto bounds = parts.front()->bounds();
  uint64_t below = 0;
  double sum = 0;
  for (const auto* part : parts) sum += part->sum();
  for (size_t i = 0; i <= bounds.size(); ++i) {
    for (const auto* part : parts) below += part->in_bucket(i);
    std::string bound = i < bounds.size() ? fmt::format("{}", bounds[i]) : "+Inf";
    name_and_labels("_bucket", {{"le", bound}});
    fmt::format_to(std::back_inserter(text_), " {}\n", below);
  }
  fmt::format_to(std::back_inserter(text_), "{}_sum {}\n{}_count {}\n", family_, sum, family_, below);
}

}  // namespace cartwheel

#include "actors/content/template.hpp"

#include "actors/content/html.hpp"
#include "actors/content/limits.hpp"

#include <array>

#include <fmt/format.h>

namespace cartwheel {

std::string text_template::missing(const step& s) const {
  return fmt::format("{}:{}: {} is missing", files_[s.file], s.line, names_[static_cast<size_t>(&s - steps_.data())]);
}

std::string text_template::render(std::span<const template_value> values, std::string& out) const {
  std::array<const template_value*, limits::template_depth_max + 1> scopes{values.data()};
  return render_steps(0, steps_.size(), scopes.data(), 1, out);
}

std::string text_template::render_steps(size_t begin, size_t end, const template_value** scopes, size_t depth,
                                        std::string& out) const {
  for (size_t i = begin; i < end; ++i) {
    const step& s = steps_[i];
    if (s.kind == step_kind::text) {
      out.append(pool_, s.begin, s.end - s.begin);
      continue;
    }
    const template_value& value = scopes[s.depth][s.slot];
    if (s.kind == step_kind::escaped || s.kind == step_kind::raw) {
      if (!value.given) return missing(s);
      if (s.kind == step_kind::escaped)
        append_html(out, value.text);
      else
        out += value.text;
      continue;
    }
    bool there = s.stride != 0 ? value.row_count != 0 : value.given && !value.text.empty();
    if (there == (s.kind == step_kind::section)) {
      uint32_t rounds = s.stride != 0 && there ? value.row_count : 1;
      for (uint32_t row = 0; row < rounds; ++row) {
        bool inside = s.stride != 0 && there;
        if (inside) scopes[depth] = value.rows + size_t{row} * s.stride;
        auto error = render_steps(i + 1, s.end, scopes, inside ? depth + 1 : depth, out);
        if (!error.empty()) return error;
      }
    }
    i = s.end - 1;
  }
  return {};
}

}  // namespace cartwheel

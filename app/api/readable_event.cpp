#include "app/api/readable_event.hpp"

#include "actors/event/limits.hpp"
#include "actors/event/text.hpp"

#include <nlohmann/json.hpp>

namespace cartwheel {

namespace {

using json = nlohmann::ordered_json;

/// Cuts a character off that a bound on bytes has cut in two.
std::string_view whole_characters(std::string_view text) {
  size_t tail = 0;
  while (tail < 3 && tail < text.size() && (static_cast<unsigned char>(text[text.size() - 1 - tail]) & 0xc0) == 0x80)
    ++tail;
  if (tail == text.size()) return text;
  auto lead = static_cast<unsigned char>(text[text.size() - 1 - tail]);
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return length > tail + 1 ? text.substr(0, text.size() - 1 - tail) : text;
}

/// Goes through a document and gives up where it nests too deeply: the reader recurses, and its input is a stranger's.
class shallow final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool start_object(size_t) override { return ++depth_ <= depth_max; }
  bool end_object() override { return depth_-- > 0; }
  bool start_array(size_t) override { return ++depth_ <= depth_max; }
  bool end_array() override { return depth_-- > 0; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  static constexpr int depth_max = limits::msgpack_depth_max + 1;  // and the [time, record] around it
  int depth_ = 0;
};

}  // namespace

std::optional<std::string> readable_event(std::string_view received) {
  // A msgpack map or array begins with a byte that no UTF-8 text begins with, or has none such behind it.
  auto text = whole_characters(received);
  if (inspect_text(text) != text_content::broken) return std::string{text};
  shallow check;
  if (!json::sax_parse(received, &check, json::input_format_t::msgpack)) return std::nullopt;
  auto record = json::from_msgpack(received, true, false);
  if (record.is_discarded()) return std::nullopt;
  return record.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace cartwheel

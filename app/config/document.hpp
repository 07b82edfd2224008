#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// A configuration as written, before anyone asks what it means: values, and where each of them stands.
namespace cartwheel::config {

/// Where a value was written: "cartwheel.toml:12" or "--set node.shards=2". `order` sorts complaints as a reader meets
/// them: through the file, then the overrides as given.
struct place {
  std::string text;
  int64_t order = 0;
};

/// One thing that is wrong. Shape of `key`: dotted, "campaign.cart.steps[1].after"; empty when the file is no TOML.
struct problem {
  place where;
  std::string key;
  std::string text;
};

/// "cartwheel.toml:12: node.shards: 300 is out of range; must be an integer from 0 to 256"
std::string to_string(const problem& p);

/// `other` is what TOML has and no key of ours wants: floats, dates, times. `bare` is an override's text whose type its
/// key decides.
enum class kind : uint8_t { text, integer, boolean, list, table, other, bare };
std::string_view to_string(kind k);

struct value;
struct entry;
using list = std::vector<value>;
using table = std::vector<entry>;
struct other_text {
  std::string text;
};
struct bare_text {
  std::string text;
};

struct value {
  place where;
  std::variant<std::string, int64_t, bool, list, table, other_text, bare_text> held;

  kind type() const { return static_cast<kind>(held.index()); }
  const std::string& text() const { return std::get<std::string>(held); }
  int64_t integer() const { return std::get<int64_t>(held); }
  bool boolean() const { return std::get<bool>(held); }
  const list& elements() const { return std::get<list>(held); }
  const table& entries() const { return std::get<table>(held); }
};

struct entry {
  std::string key;
  place where;  // of the key
  value held;
};

using path = std::vector<std::string>;

/// "smtp.relay.main"; a part that is no bare key of TOML is quoted.
std::string to_string(const path& p);

/// The value at a path, nothing when there is none.
const value* find(const table& root, const path& p);

struct document {
  table root;
  std::vector<problem> problems;  // what could not be read at all
};

/// Reads TOML 1.0. Errors: one problem, the first breach of the syntax, with file, line and column; `root` is empty then.
document read_toml(std::string_view text, std::string_view file_name);

/// Lays `--set key=value` texts over a document; a later one wins over an earlier one, and all over the file. Their values
/// stay `bare`.
/// Errors: a problem for each that is not of this form.
void lay_over(document& d, const std::vector<std::string>& sets);

/// What an override's text says to a key that wants `wanted`: a text needs no quotes, everything else is written as in
/// the file; a list of one text needs no brackets. What does not read as `wanted` stays a text, for the key to refuse.
value typed(const value& bare, kind wanted);

}  // namespace cartwheel::config

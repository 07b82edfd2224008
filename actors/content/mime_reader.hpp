#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// One header field. Shape: the name in lower case; the value unfolded to one line, trimmed, its bytes as they came.
struct mime_field {
  std::string name;
  std::string value;
};

/// The fields of a header, or of a block that is written like one.
class mime_fields {
 public:
  /// Reads fields up to the first empty line, which it takes along; what is no field is passed over. `text` is what is left.
  /// Shape: lines end in CRLF or LF.  Bounds: limits::mime_fields_max fields, limits::mime_field_bytes_max each; what is
  /// beyond is passed over.
  static mime_fields read(std::string_view& text);

  /// The first value of that name (in lower case), empty when there is none.
  std::string_view operator[](std::string_view name) const;
  bool empty() const { return all_.empty(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<mime_field> all_;
};

/// A message or a part of one.
struct mime_part {
  mime_fields header;
  std::string_view body;  // as it stands there, with the transfer encoding

  /// "text/plain" in lower case; that also where nothing or nonsense is said. Source: RFC 2045 section 5.2.
  std::string type() const;
  /// A parameter of the Content-Type, its quotes taken off; empty when there is none. Source: RFC 2045 section 5.1.
  std::string parameter(std::string_view name) const;
  /// The body with base64 or quoted-printable undone; broken digits are passed over, as mail programs do.
  std::string decoded() const;
  /// The parts of a multipart, those of multiparts within it too, but not what is within messages. Where the boundary is
  /// not said, or no such line is there, the first line that begins with "--" is taken for it. The last part needs no end.
  /// Bounds: limits::mime_parts_max parts, limits::mime_depth_max multiparts within each other.
  std::vector<mime_part> leaves() const;
};

/// Reads a message whose lines end in CRLF or LF. It never fails: what is no mail is a text without a header.
/// Lifetime: `message` outlives what is read.  Cost: one pass over the header, one a multipart over the body.
/// Source: RFC 5322 section 2.2, RFC 2045, RFC 2046 section 5.1.
mime_part read_mime(std::string_view message);

/// A text up to its first blank, comment or parameter, in lower case: what a field says in one word.
std::string first_word(std::string_view text);

}  // namespace cartwheel

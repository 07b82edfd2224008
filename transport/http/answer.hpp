#pragma once

#include "transport/http/message.hpp"

#include <string>
#include <string_view>

namespace cartwheel::http {

/// An answer that refuses, with the body `{"error": "<why>"}` that every refusal of the server has.
response refuse(int status, std::string_view why);

/// An answer with a JSON document as its body.
response json_answer(std::string document, int status = 200);

/// `text` as a JSON string, quotes included; bytes above 0x7f go through as they are.
std::string json_string(std::string_view text);

/// The status line and header fields of an answer, up to and including the empty line.
/// Shape: Content-Length is that of the body unless the status has none (1xx, 204, 304).
/// Errors: a status that is none, or a field with a line end in it, becomes a plain 500: `answer` is replaced then.
std::string serialize_head(response& answer, bool keep_alive, bool http_1_0);

}  // namespace cartwheel::http

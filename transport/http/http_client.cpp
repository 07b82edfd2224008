#include "transport/http/http_client.hpp"

#include "transport/http/limits.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

#include <stdexcept>

namespace cartwheel::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

response get(const std::string& host, uint16_t port, const std::string& target,
             const std::vector<std::pair<std::string, std::string>>& headers, std::chrono::milliseconds most) {
  auto fail = [&](const std::string& why) { throw std::runtime_error{fmt::format("{}:{}: {}", host, port, why)}; };
  asio::io_context io;
  boost::system::error_code error;
  auto places = asio::ip::tcp::resolver{io}.resolve(host, std::to_string(port), error);
  if (error) fail(error.message());

  beast::http::request<beast::http::empty_body> request{beast::http::verb::get, target, 11};
  request.set(beast::http::field::host, fmt::format("{}:{}", host, port));
  request.set(beast::http::field::connection, "close");
  for (const auto& [name, value] : headers) request.set(name, value);
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(limits::answer_bytes_max);
  beast::tcp_stream stream{io};
  beast::flat_buffer buffer;
  stream.expires_after(most);
  // One step after the other; the stream's own clock ends each.
  stream.async_connect(places, [&](boost::system::error_code connected, const asio::ip::tcp::endpoint&) {
    if ((error = connected)) return;
    beast::http::async_write(stream, request, [&](boost::system::error_code written, size_t) {
      if ((error = written)) return;
      beast::http::async_read(stream, buffer, parser, [&](boost::system::error_code read, size_t) { error = read; });
    });
  });
  io.run();
  if (error) fail(error.message());

  auto got = parser.release();
  response answer;
  answer.status = static_cast<int>(got.result_int());
  answer.content_type = std::string{got[beast::http::field::content_type]};
  answer.body = std::move(got.body());
  return answer;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '.' || c == '_' || c == '~';
    if (unreserved)
      out += static_cast<char>(c);
    else
      out += fmt::format("%{:02X}", c);
  }
  return out;
}

}  // namespace cartwheel::http

#include <utility>  // before Asio's coroutines, which need it and do not say so

#include "app/server_query.hpp"

#include "app/config/endpoint.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>

namespace cartwheel {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr uint64_t answer_bytes_max = 256 * 1024 * 1024;

using message = beast::http::request<beast::http::string_body>;

asio::awaitable<void> exchange(asio::ip::tcp::endpoint to, const message& asked, std::chrono::seconds patience,
                               server_answer& answer) {
  beast::tcp_stream stream{co_await asio::this_coro::executor};
  stream.expires_after(patience);
  co_await stream.async_connect(to, asio::use_awaitable);
  co_await beast::http::async_write(stream, asked, asio::use_awaitable);
  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(answer_bytes_max);
  co_await beast::http::async_read(stream, buffer, parser, asio::use_awaitable);
  answer.status = parser.get().result_int();
  answer.body = std::move(parser.get().body());
}

asio::ip::address reachable(const std::string& listened_on) {
  auto address = asio::ip::make_address(listened_on);
  if (!address.is_unspecified()) return address;
  if (address.is_v6()) return asio::ip::address_v6::loopback();
  return asio::ip::address_v4::loopback();
}

}  // namespace

server_answer ask_server(const http_settings& where, const std::string& method, const std::string& target,
                         const std::string& body, const std::string& type, std::chrono::seconds patience) {
  message asked{beast::http::string_to_verb(method), target, 11, body};
  asked.set(beast::http::field::host, to_string(where.listen));
  asked.set(beast::http::field::connection, "close");
  if (!where.token.empty()) asked.set(beast::http::field::authorization, "Bearer " + where.token);
  if (!body.empty()) asked.set(beast::http::field::content_type, type);
  asked.prepare_payload();
  server_answer answer;
  std::exception_ptr failed;
  asio::io_context io;
  asio::co_spawn(io, exchange({reachable(where.listen.host), where.listen.port}, asked, patience, answer),
                 [&](std::exception_ptr e) { failed = std::move(e); });
  io.run();
  try {
    if (failed) std::rethrow_exception(failed);
  } catch (const boost::system::system_error& e) {
    throw std::runtime_error{
      fmt::format("no answer at {} (http.listen): {}; does the server run on this configuration?",
                  to_string(where.listen), e.code().message())};
  }
  return answer;
}

std::string refusal_of(const server_answer& answer) {
  auto document = nlohmann::json::parse(answer.body, nullptr, false);
  if (document.is_object() && document.contains("error") && document["error"].is_string())
    return document["error"].get<std::string>();
  return fmt::format("answered {}", answer.status);
}

std::string ask_server_for(const http_settings& where, const std::string& method, const std::string& target,
                           const std::string& body) {
  auto answer = ask_server(where, method, target, body);
  if (answer.status != 200) throw std::runtime_error{refusal_of(answer)};
  return std::move(answer.body);
}

}  // namespace cartwheel

#include "app/api/bounce_intake.hpp"

#include "actors/content/limits.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/shard/engine.hpp"
#include "app/api/answers.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cartwheel {

namespace {

using json = nlohmann::ordered_json;

json or_null(std::string_view text) { return text.empty() ? json(nullptr) : json(text); }

json recipients_of(const bounce_report& report) {
  json all = json::array();
  for (const auto& r : report.recipients)
    all.push_back({{"final_recipient", or_null(r.final_recipient)},
                   {"original_recipient", or_null(r.original_recipient)},
                   {"action", or_null(r.action)},
                   {"status", or_null(r.status)},
                   {"diagnostic", or_null(r.diagnostic)}});
  return all;
}

http::response answer_to(const json& told) {
  // Texts come from peers: what is no UTF-8 in them must not make the answer fail.
  return http::json_answer(told.dump(-1, ' ', false, json::error_handler_t::replace) + '\n');
}

}  // namespace

void take_bounce(node& server, const http::request& r, http::responder answer) {
  if (r.body.size() > limits::bounce_bytes_max)
    return answer(http::refuse(413, fmt::format("longer than {} bytes", limits::bounce_bytes_max)));
  if (server.events().is_broken()) return answer(come_back("the log is broken; nothing is taken"));
  auto& counts = server.bounces();
  auto count = [&counts](bounce_kind k) { counts.by_kind[static_cast<size_t>(k)].add(); };
  auto read = read_bounce_report(r.body);
  if (!read.report) {
    count(bounce_kind::unreadable);
    return answer(answer_to({{"kind", to_string(bounce_kind::unreadable)}, {"ignored", read.refusal}}));
  }
  const auto& report = *read.report;
  const auto verdict = judge(report, {server.bounce_senders(), server.tokens(), server.shards().setup().keys});
  json told{{"kind", to_string(verdict.kind)}, {"why", verdict.why}, {"proven_by", or_null(verdict.proven_by)}};
  told["feedback_type"] = or_null(report.feedback_type);
  told["recipients"] = recipients_of(report);
  if (verdict.news.what == address_news::none) {
    count(verdict.kind);
    told["ignored"] = verdict.kind == bounce_kind::soft ? "it is no reason to send no more" : verdict.why;
    return answer(answer_to(told));
  }
  auto done = [answer = std::move(answer), told = std::move(told), count, kind = verdict.kind](bool durable) {
    if (!durable) return answer(come_back("the log cannot be written; nothing of this was taken"));
    count(kind);
    answer(answer_to(told));
  };
  server.events().hear({verdict.news}, std::move(done));
}

}  // namespace cartwheel

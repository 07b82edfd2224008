#pragma once

#include "actors/coupon/coupon_desk.hpp"
#include "transport/http/message.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace cartwheel {

class node;

/// Reads `{"pool":"spring","code":"AB-12","expires":"2027-01-31T23:00:00Z"}`; `expires` may be missing, null, or Unix
/// milliseconds.  Errors: in words, naming the member that is wrong.
std::variant<imported_code, std::string> code_meant_by(std::string_view json, const coupon_desk& desk, instant now);

/// POST /v1/coupons: NDJSON, one code a line. 200 with `{"accepted":N,"refused":[{"line","reason"},..]}` when what was
/// accepted is durable, 207 when some were refused. A code that is known is accepted and changes nothing.
/// Errors: 415 for another Content-Type than JSON's (no page of another site can send that unasked); 503 when the log is
/// broken; 507 when there is no room for so many codes.
void take_coupons(node& server, const http::request& r, http::responder answer);

/// GET /v1/coupons: `{"pools":[{"pool","free","out","given","redeemed","expired"},..]}`, those of the configuration.
std::string coupons_document(const coupon_desk& desk);

}  // namespace cartwheel

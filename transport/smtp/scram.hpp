#pragma once

#include "transport/smtp/sasl.hpp"

namespace cartwheel::smtp::sasl {

/// SCRAM-SHA-256, as a client, without channel binding: the password is proven without being shown, and the server
/// proves that it knows it too. A server whose proof is wrong or missing is not believed.
///
/// Bounds: limits::scram_iterations_min .. scram_iterations_max: fewer make a proof cheap to guess from, more would hold
/// the executor.  Cost: one HMAC an iteration, some 2 ms for 4096.
/// Source: RFC 5802, 7677; vectors in tests/transport/smtp/sasl_test.cpp.
class scram_sha_256 final : public exchange {
 public:
  scram_sha_256(credentials who, std::string nonce);
  ~scram_sha_256() override;

  step begin() override;
  step on_challenge(std::string_view challenge) override;
  bool complete() const override { return at_ == at::proven; }

 private:
  enum class at : uint8_t { start, first, final, proven, failed };

  step on_first(std::string_view server_first);
  step on_final(std::string_view server_final);
  step fail(std::string why);

  credentials who_;
  std::string nonce_;
  std::string client_first_bare_;
  std::string server_signature_;
  at at_ = at::start;
};

}  // namespace cartwheel::smtp::sasl

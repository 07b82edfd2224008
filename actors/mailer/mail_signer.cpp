#include "actors/mailer/mail_signer.hpp"

#include "actors/mailer/limits.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace cartwheel {

struct mail_signer::pool {
  explicit pool(size_t threads) : threads_of{threads} {}
  boost::asio::thread_pool threads_of;
};

mail_signer::mail_signer(std::shared_ptr<const dkim_signer> keys, size_t threads)
    : keys_{std::move(keys)}, pool_{std::make_unique<pool>(std::max<size_t>(1, threads))} {}

mail_signer::~mail_signer() {
  pool_->threads_of.stop();
  pool_->threads_of.join();
}

void mail_signer::sign(std::vector<mail_to_sign> mails, const std::function<void(std::vector<signed_mail>)>& done) {
  for (size_t first = 0; first < mails.size(); first += limits::sign_batch_max) {
    const auto n = static_cast<std::ptrdiff_t>(std::min(limits::sign_batch_max, mails.size() - first));
    auto begin = std::make_move_iterator(mails.begin() + static_cast<std::ptrdiff_t>(first));
    std::vector<mail_to_sign> batch{begin, begin + n};
    boost::asio::post(pool_->threads_of, [keys = keys_, batch = std::move(batch), done]() mutable {
      std::vector<signed_mail> out;
      for (auto& m : batch) {
        signed_mail s{m.id, std::move(m.mail), {}};
        try {
          s.mail.bytes.insert(0, keys->sign(m.domain, s.mail.bytes, m.date));
        } catch (const std::exception& e) {
          s.failure = e.what();
        }
        out.push_back(std::move(s));
      }
      done(std::move(out));
    });
  }
}

}  // namespace cartwheel

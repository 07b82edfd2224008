#include "actors/content/packed_mail.hpp"

#include "actors/content/limits.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/zstd.hpp"

namespace cartwheel {

namespace {

constexpr uint8_t format = 1;

byte_reader opened(std::string_view packed) {
  byte_reader r{packed};
  if (auto f = r.byte(); f != format)
    throw broken_bytes{"format " + std::to_string(f) + " of a mail is not known here"};
  return r;
}

}  // namespace

std::string pack_mail(const rendered_mail& mail) {
  std::string packed;
  byte_writer w{packed};
  w.byte(format);
  w.text(mail.message_id);
  w.text(mail.sender);
  w.text(mail.recipient);
  w.flag(mail.utf8);
  w.text(zstd_packed(mail.bytes));
  return packed;
}

rendered_mail unpack_mail(std::string_view packed) {
  auto r = opened(packed);
  rendered_mail mail;
  mail.message_id = r.text();
  mail.sender = r.text();
  mail.recipient = r.text();
  mail.utf8 = r.flag();
  mail.bytes = zstd_unpacked(r.text(), limits::packed_mail_bytes_max);
  return mail;
}

std::string message_id_of(std::string_view packed) { return std::string{opened(packed).text()}; }

}  // namespace cartwheel

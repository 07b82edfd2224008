#include "transport/smtp/commands.hpp"

#include "transport/smtp/limits.hpp"

#include <charconv>

namespace cartwheel::smtp {

namespace {

enum class address_form : uint8_t { ascii, utf8, broken };

/// What may not stand between the brackets: controls would end the command, unquoted spaces and brackets the path.
address_form form_of(std::string_view address) {
  if (address.size() > limits::address_bytes_max) return address_form::broken;
  bool quoted = false;
  bool ascii = true;
  for (size_t i = 0; i < address.size(); ++i) {
    const auto c = static_cast<unsigned char>(address[i]);
    if (c < 0x20 || c == 0x7f) return address_form::broken;
    if (c >= 0x80) ascii = false;
    if (c == '\\' && quoted) {
      // A quoted pair: the next character stands for itself, so it must exist and be printable (checked in its turn
      // were it not skipped here).
      if (++i == address.size() || static_cast<unsigned char>(address[i]) < 0x20 || address[i] == 0x7f)
        return address_form::broken;
      if (static_cast<unsigned char>(address[i]) >= 0x80) ascii = false;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == ' ' || c == '<' || c == '>')) {
      return address_form::broken;
    }
  }
  if (quoted) return address_form::broken;
  return ascii ? address_form::ascii : address_form::utf8;
}

bool needs_utf8(const mail& m) {
  return m.utf8 || form_of(m.sender) == address_form::utf8 || form_of(m.recipient) == address_form::utf8;
}

void append_number(std::string& out, uint64_t n) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  out.append(digits, end);
}

/// RFC 3461 section 4: printable ASCII but '+' and '=' as it is, the rest as +XX.
void append_xtext(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > ' ' && octet < 0x7f && c != '+' && c != '=') {
      out += c;
    } else {
      out += '+';
      out += hex[octet >> 4];
      out += hex[octet & 15];
    }
  }
}

}  // namespace

std::optional<local_refusal> check(const mail& m, const content_form& form, const capabilities& server) {
  const auto sender = form_of(m.sender);
  const auto recipient = form_of(m.recipient);
  if (sender == address_form::broken) return local_refusal{"5.1.7", "the sender's address cannot stand in an envelope"};
  if (recipient == address_form::broken || m.recipient.empty())
    return local_refusal{"5.1.3", "the recipient's address cannot stand in an envelope"};
  if ((m.utf8 || sender == address_form::utf8 || recipient == address_form::utf8) && !server.smtp_utf8)
    return local_refusal{"5.6.7", "the relay does not offer SMTPUTF8"};
  if (m.content->empty()) return local_refusal{"5.6.0", "the mail is empty"};
  if (form.bare_line_end) return local_refusal{"5.6.0", "the mail has a CR or LF on its own"};
  if (form.eight_bit && !server.eight_bit_mime) return local_refusal{"5.6.3", "the relay does not offer 8BITMIME"};
  if (server.size_max != 0 && m.content->size() > server.size_max)
    return local_refusal{"5.3.4", "the mail is larger than the relay takes"};
  return std::nullopt;
}

bool append_mail_command(std::string& out, const mail& m, const content_form& form, const capabilities& server,
                         bool optional) {
  out += "MAIL FROM:<";
  out += m.sender;
  out += '>';
  const bool size = server.size && optional;
  if (size) {
    out += " SIZE=";
    append_number(out, m.content->size());
  }
  // SMTPUTF8 and 8-bit content are said, not asked: without them the relay may refuse what comes (RFC 6531 section 3.4).
  if (form.eight_bit && server.eight_bit_mime) out += " BODY=8BITMIME";
  if (needs_utf8(m)) out += " SMTPUTF8";
  const bool dsn = server.dsn && optional;
  if (dsn) out += " RET=HDRS";
  std::string id;
  if (dsn) append_xtext(id, m.envelope_id);
  // A part of one would name nothing.
  if (!id.empty() && id.size() <= limits::envelope_id_bytes_max) out.append(" ENVID=").append(id);
  out += "\r\n";
  return size || dsn;
}

bool append_rcpt_command(std::string& out, const mail& m, const capabilities& server, bool optional) {
  out += "RCPT TO:<";
  out += m.recipient;
  out += '>';
  const bool dsn = server.dsn && optional;
  if (dsn) out += " NOTIFY=FAILURE";
  // An address beyond ASCII would need RFC 6533's form, which few relays know.
  if (dsn && form_of(m.recipient) == address_form::ascii) {
    out += " ORCPT=rfc822;";
    append_xtext(out, m.recipient);
  }
  out += "\r\n";
  return dsn;
}

void append_bdat(std::string& out, const mail& m, const content_form& form) {
  out += "BDAT ";
  append_number(out, m.content->size() + (form.ends_in_crlf ? 0 : 2));
  out += " LAST\r\n";
  out += *m.content;
  if (!form.ends_in_crlf)
    out += "\r\n";  // a queue file without a last line end breaks the next hop (RFC 3030 section 3)
}

}  // namespace cartwheel::smtp

// A mail as text, and the addresses that one may go to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace certmap {

/// True for one plain mailbox: a local part of letters, digits and `._+='-` that begins with a
/// letter or digit, one `@`, and a host name (RFC 1123). No other form of RFC 5321 is taken:
/// quotes, comments, routes and options have steered mail programs.
bool is_plain_mailbox(std::string_view text);

struct Mail {
  std::string from, to;  ///< plain mailboxes
  std::string subject;   ///< UTF-8 without control characters
  std::string body;      ///< UTF-8
  std::string id;        ///< what makes the Message-ID unique: letters, digits, dots
};

/// The message (RFC 5322) with lines that end in LF, as the sendmail interface takes it. The
/// subject is encoded by RFC 2047 where it needs to be, the body is UTF-8 in base64. `now` is in
/// seconds since 1970. No vacation program answers it (RFC 3834).
std::string mail_message(const Mail& mail, std::int64_t now);

/// "2026-12-21 16:04:46 +0100", in this machine's time zone.
std::string local_text(std::int64_t seconds);

}  // namespace certmap

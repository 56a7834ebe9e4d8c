// A mail as text.
#pragma once

#include <cstdint>
#include <string>

namespace certmap {

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

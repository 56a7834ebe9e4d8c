// Moments as text.
#pragma once

#include <cstdint>
#include <string>

namespace certmap {

/// RFC 3339 in UTC, of seconds since 1970: "2026-12-21T15:04:46Z"; with milliseconds where they are
/// not negative.
std::string utc_text(std::int64_t seconds, int milliseconds = -1);

/// "2026-12-21"
std::string utc_date(std::int64_t seconds);

}  // namespace certmap

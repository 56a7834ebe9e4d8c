// What the server accepts in a map file, and an administrator hardly meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/map/parser.h"

namespace certmap {

/// Why no certificate, or none that the server accepts, has the key of the line; empty: one may.
std::optional<std::string> doubt_about_key(const MapLine& line);

/// Says that the account is a word which somebody may have written to block the key.
std::optional<std::string> doubt_about_account(const MapLine& line);

/// Says that groups are not taken apart.
std::optional<std::string> doubt_about_groups(const MapLine& line);

/// Says that the entry has expired, or does within `days`; empty: neither. `days` below 0 asks only
/// for the former.
std::optional<std::string> doubt_about_expiry(const MapLine& line, std::int64_t now,
                                              std::int64_t days);

/// Says that nobody but root can read the file, and so no child of a server. `path` is as it was
/// named. Where it has an ACL, that may say something else.
std::optional<std::string> doubt_about_readers(const std::string& path);

/// The last day on which something holds that expires then: YYYY-MM-DD.
std::string last_day(std::int64_t expires);

}  // namespace certmap

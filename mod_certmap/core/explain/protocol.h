// What certmapctl explain and the module say to each other: `httpd -t -D CERTMAP_EXPLAIN=…`, the
// question in base64url of JSON, so that any wrapper script may stand between, is answered by one
// line of standard output, a marker and JSON, whatever else is printed.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/certificate.h"

namespace certmap {

/// Reads base64 of either kind (RFC 4648); empty: it is none.
std::string from_base64url(std::string text);

/// A virtual host as people name it.
struct VhostName {
  std::string name;
  std::optional<std::uint16_t> port;  ///< empty: any
};
/// Reads NAME or NAME:PORT; an IPv6 address keeps its brackets.
VhostName read_vhost(const std::string& text);

/// What a request is for.
struct AskedPlace {
  std::string vhost;     ///< for read_vhost(); empty: the one that is meant
  std::string location;  ///< URL path
  std::string method = "GET";
  std::string host = {};  ///< Host of the request; empty: the name in `vhost`. Replay alone has it.

  auto operator<=>(const AskedPlace&) const = default;
};

struct ExplainQuery {
  Certificate certificate;
  std::vector<std::shared_ptr<X509>> others;  ///< which the client would send along
  AskedPlace place;
};

/// The text that stands behind -D.
std::string define_of(const ExplainQuery& query);
/// The query's part of such a text; empty: it is another define.
std::optional<std::string_view> query_in(std::string_view define);
/// Reads what query_in() found. Throws ConfigError.
ExplainQuery read_explain_query(std::string_view text);

/// How certmapctl explain ends, which the answer says.
namespace explain_exit {
inline constexpr int kMapped = 0, kRefused = 1, kCannotTell = 2;
}

/// `answer`, an object of JSON on one line, as httpd prints it, without the line's end.
std::string answer_line(std::string_view answer);
/// The answer among httpd's `output`; empty: there is none.
std::optional<std::string> answer_in(const std::string& output);

}  // namespace certmap

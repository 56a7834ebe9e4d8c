// One line of an audit log (docs/audit.md), of which only the texts that matter here are kept.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace certmap {

/// What may stand in an event, each before what it holds. Those with a text can be asked for.
enum class EventPart {
  Unknown,
  Event,
  Time,
  Ecs,
  Version,
  What,
  Action,
  Outcome,
  Reason,
  User,
  Account,
  Tls,
  Client,
  Hash,
  Sha256,
  X509,
  NotAfter,
  Serial,
  Subject,
  SubjectText,
  Issuer,
  IssuerText,
  Certmap,
  Truncated,  ///< has a text where it is true
  Names,
  Email,  ///< the first among the names
  AltName,
  AltNameType,
  AltNameValue,
  Url,
  UrlDomain,
  UrlPath,
  Service,
  ServiceName,
  Http,
  HttpRequest,
  Method,
  End,
};

/// Reads event after event. For one thread.
class EventReader {
 public:
  /// False where the line is no JSON. Of a name that stands twice in an object the second counts.
  bool read(std::string_view line);
  /// Of the line that was read last; empty where there is none, or something else.
  std::string_view text(EventPart part) const;

 private:
  class Walk;
  std::array<std::optional<std::string>, static_cast<std::size_t>(EventPart::End)> texts_;
};

}  // namespace certmap

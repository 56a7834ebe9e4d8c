#include "httpd/audit/target.h"

#include <syslog.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "core/text/encodings.h"
#include "core/text/error.h"

namespace certmap {
namespace {

struct Facility {
  std::string_view name;
  int number;
};
constexpr std::array kFacilities = {
    Facility{"auth", LOG_AUTH},     Facility{"authpriv", LOG_AUTHPRIV},
    Facility{"cron", LOG_CRON},     Facility{"daemon", LOG_DAEMON},
    Facility{"ftp", LOG_FTP},       Facility{"kern", LOG_KERN},
    Facility{"lpr", LOG_LPR},       Facility{"mail", LOG_MAIL},
    Facility{"news", LOG_NEWS},     Facility{"syslog", LOG_SYSLOG},
    Facility{"user", LOG_USER},     Facility{"uucp", LOG_UUCP},
    Facility{"local0", LOG_LOCAL0}, Facility{"local1", LOG_LOCAL1},
    Facility{"local2", LOG_LOCAL2}, Facility{"local3", LOG_LOCAL3},
    Facility{"local4", LOG_LOCAL4}, Facility{"local5", LOG_LOCAL5},
    Facility{"local6", LOG_LOCAL6}, Facility{"local7", LOG_LOCAL7},
};
constexpr std::string_view kDefaultFacility = "auth";
constexpr std::string_view kDefaultTag = "certmap";
constexpr std::size_t kMaxTag = 32;  // RFC 3164 section 4.1.3

int facility_number(const std::string& name) {
  const auto* found = std::ranges::find(kFacilities, name, &Facility::name);
  if (found != kFacilities.end()) return found->number;
  std::string known;
  for (const Facility& facility : kFacilities) known += " " + std::string(facility.name);
  throw ConfigError("CertMapAuditLog: there is no syslog facility \"" + name +
                    "\"; write one of:" + known);
}

bool is_tag(std::string_view text) {
  constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
  return text.size() <= kMaxTag && text.find_first_not_of(kCharacters) == text.npos;
}

/// `rest` is what stands after "syslog": nothing, or ":facility", or ":facility:tag".
AuditTarget syslog_target(std::string_view rest) {
  if (!rest.empty()) rest.remove_prefix(1);
  const std::size_t colon = std::min(rest.find(':'), rest.size());
  const std::string_view facility = rest.substr(0, colon);
  const std::string_view tag = rest.substr(std::min(colon + 1, rest.size()));
  if (!is_tag(tag)) {
    throw ConfigError(
        "CertMapAuditLog: a syslog tag is at most 32 letters, digits, \".\", \"_\" "
        "or \"-\"");
  }
  AuditTarget target{.kind = AuditTarget::Kind::Syslog};
  const auto name = to_lower(facility.empty() ? kDefaultFacility : facility);
  target.facility = facility_number(name);
  target.tag = tag.empty() ? kDefaultTag : tag;
  target.key = target.label = "syslog:" + name + ":" + target.tag;
  return target;
}

/// Begins what may be a secret: arguments, and what a shell sets before the program.
constexpr std::string_view kArgument = " \t=";

AuditTarget pipe_target(std::string_view text) {
  AuditTarget target{.kind = AuditTarget::Kind::Pipe};
  target.key = text;
  target.program = text.substr(1);
  const std::size_t name = target.program.find_first_not_of("|$ \t");
  if (name == std::string::npos) {
    throw ConfigError("CertMapAuditLog: there is no program after \"|\"; write its full path");
  }
  target.label = target.program.substr(name);
  target.label = "|" + target.label.substr(0, target.label.find_first_of(kArgument));
  return target;
}

/// A file in ServerRoot of that name is not meant.
void refuse_switch(const std::string& word) {
  constexpr std::string_view kSwitches[] = {"off", "on", "no", "yes"};
  if (std::ranges::find(kSwitches, word) != std::end(kSwitches))
    throw ConfigError("CertMapAuditLog: \"" + word +
                      "\" is no place for a log; write none for no log, or a PATH");
}

}  // namespace

AuditTarget parse_audit_target(std::string_view text) {
  constexpr std::string_view kSyslog = "syslog";
  const std::string word = to_lower(text);
  if (word == "none") return {.kind = AuditTarget::Kind::None, .label = "none"};
  if (word == kSyslog || word.starts_with("syslog:")) {
    return syslog_target(text.substr(kSyslog.size()));
  }
  if (text.starts_with('|')) return pipe_target(text);
  if (text.empty()) {
    throw ConfigError(
        "CertMapAuditLog: write a PATH, \"|program arguments\", "
        "syslog[:facility[:tag]] or none");
  }
  refuse_switch(word);
  AuditTarget target{.kind = AuditTarget::Kind::File};
  target.key = target.label = target.path = text;
  return target;
}

}  // namespace certmap

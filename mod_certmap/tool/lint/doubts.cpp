#include "tool/lint/doubts.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include "core/certificate/character_string.h"
#include "core/certificate/name.h"
#include "core/map/image.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "tool/mapfile/map_facts.h"

namespace certmap {
namespace {

using Kind = AttributeKind;
using Doubt = std::optional<std::string>;

constexpr std::size_t kMaxSerial = 20;  // RFC 5280 section 4.1.2.2
constexpr std::size_t kMaxKeyIdentifier = 64;

Doubt about_email(std::string_view email) {
  const auto at = email.rfind('@');
  if (at == 0 || at == email.npos || at + 1 == email.size())
    return "this is no e-mail address; write local@domain";
  if (email.find(' ') != email.npos) return "an e-mail address has no blank; remove it";
  return {};
}

Doubt about_dns(std::string_view name) {
  if (name.ends_with('.')) return "certificates hold DNS names without a dot at the end; remove it";
  constexpr std::string_view kUsual = "abcdefghijklmnopqrstuvwxyz0123456789-_.*";
  if (name.find_first_not_of(kUsual) != name.npos)
    return "this is no DNS name; write one like host.example.com";
  return {};
}

Doubt about_uri(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == 0 || colon == uri.npos || uri.find_first_of("/?#") < colon)
    return "this URI has no scheme; write it whole, like https://example.com/";
  if (uri.find(' ') != uri.npos) return "a URI has no blank; write %20";
  return {};
}

Doubt about_upn(std::string_view upn) {
  if (upn.find('@') == upn.npos) return "this is no user principal name; write user@domain";
  return {};
}

/// What show writes for a value that is no text has the form of a text, and is none.
Doubt about_component(std::string_view value) {
  if (value.size() < 2 || value[0] != '#' ||
      value.find_first_not_of("0123456789abcdefABCDEF", 1) != value.npos)
    return {};
  return "a value that is shown as # and hex is no text, and this key does not equal it; write the "
         "whole name as the key, or spki:";
}

Doubt about_serial(std::size_t octets) {
  if (octets > kMaxSerial)
    return "a serial number has at most 20 octets; this one has " + std::to_string(octets);
  return {};
}

Doubt about_key_identifier(std::string_view octets) {
  if (octets.size() > kMaxKeyIdentifier)
    return "a key identifier has 20 octets, seldom up to 64; this one has " +
           std::to_string(octets.size());
  return {};
}

Doubt about_issuer_serial(std::string_view typed, std::string_view key) {
  if (auto doubt = about_serial(key.find('@') / 2)) return doubt;
  return doubt_about_order(typed.substr(typed.find('@') + 1));
}

Doubt about_malformed(const MapLine& line) {
  const KeyFacts facts(line.kind->attribute, line.value, line.key);
  if (!facts.malformed()) return {};
  return "the server refuses every certificate that has this: " + *facts.malformed();
}

Doubt about_length(std::string_view text) {
  if (text.size() <= kMaxValueLength) return {};
  return "the server refuses certificates with a value of more than 4096 bytes; this one has " +
         std::to_string(text.size());
}

Doubt by_kind(const MapLine& line) {
  switch (line.kind->attribute.kind) {
    case Kind::Email:
      return about_email(line.key);
    case Kind::Dns:
      return about_dns(line.key);
    case Kind::Uri:
      return about_uri(line.key);
    case Kind::Upn:
      return about_upn(line.key);
    case Kind::Serial:
      return about_serial(line.key.size());
    case Kind::Ski:
    case Kind::Aki:
      return about_key_identifier(line.key);
    case Kind::Subject:
    case Kind::Issuer:
    case Kind::Dirname:
      return doubt_about_order(line.value);
    case Kind::SubjectComponent:
    case Kind::IssuerComponent:
    case Kind::DirnameComponent:
      return about_component(line.value);
    case Kind::IssuerSerial:
      return about_issuer_serial(line.value, line.key);
    case Kind::OtherName:
    case Kind::Extension:
      return about_malformed(line);
    default:
      return {};
  }
}

std::string in_days(std::int64_t days) {
  if (days == 0) return "today";
  return days == 1 ? "tomorrow" : "in " + std::to_string(days) + " days";
}

}  // namespace

Doubt doubt_about_key(const MapLine& line) {
  const auto& kind = line.kind->attribute;
  // The server compares `cea` with what it writes itself, and octets may be as long as they like.
  const bool is_text = type_of(kind) == ValueType::Text && kind.kind != Kind::Cea;
  if (is_text)
    if (auto doubt = about_length(line.key)) return doubt;
  return by_kind(line);
}

Doubt doubt_about_account(const MapLine& line) {
  constexpr std::string_view kMeantAsBlock[] = {"block", "blocked", "deny", "denied", "revoked"};
  if (std::ranges::find(kMeantAsBlock, to_lower(line.account)) == std::end(kMeantAsBlock))
    return {};
  return "this gives the key the account \"" + std::string(line.account) +
         "\" and blocks nobody; write ! as the account to block the key";
}

Doubt doubt_about_groups(const MapLine& line) {
  for (std::size_t i = 0; i < line.groups.size(); ++i)
    if (line.groups[i].find(';') != std::string_view::npos)
      return "name " + std::to_string(i + 1) +
             " of groups= is one group; write commas between groups: groups=NAME,NAME";
  return {};
}

Doubt doubt_about_expiry(const MapLine& line, std::int64_t now, std::int64_t days) {
  if (line.expires == kForever) return {};
  const std::string what = line.blocked ? "this block" : "this entry";
  if (!is_in_force(line.expires, now))
    return what + " has expired after " + last_day(line.expires) +
           (line.blocked ? ", it blocks nobody; remove it or write a later date"
                         : ", it refuses the certificate; remove it or write a later date");
  const auto left = line.expires / kSecondsPerDay - 1 - now / kSecondsPerDay;
  if (left > days) return {};
  return what + " expires " + in_days(left) + ", at the end of " + last_day(line.expires);
}

std::optional<std::string> doubt_about_readers(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0 || file.st_uid != 0) return {};
  const bool is_group_other =
      file.st_gid != 0 || getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
  if ((file.st_mode & S_IROTH) != 0 || ((file.st_mode & S_IRGRP) != 0 && is_group_other)) return {};
  return "can be read by root alone, so a running server does not follow; restart httpd after each "
         "change, or once after chgrp www-data " +
         path + " and chmod 640 " + path + " (www-data: the group of httpd's User)";
}

std::string last_day(std::int64_t expires) { return utc_date(expires - 1); }

}  // namespace certmap

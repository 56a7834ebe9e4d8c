#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/certificate/name.h"
#include "core/text/error.h"
#include "tool/command.h"
#include "tool/import/formats.h"
#include "tool/import/slash_name.h"

namespace certmap {
namespace {

constexpr std::string_view kArrow = " -> ";

struct Key {
  std::string kind, value;
};

// pam_pkcs11 built with OpenSSL compares the one-line form, built with NSS one like RFC 4514.
Key subject_key(std::string_view text) {
  const auto name = text.starts_with('/') ? parse_slash_name(text) : parse_name(text);
  return {"subject", to_text(name, NameStyle::Rfc4514)};
}

Key mail_key(std::string_view text) {
  if (text.find('@') == text.npos)
    throw ConfigError(
        "the mail address has no domain; write it whole, or a rule with {email!local}");
  return {"email", std::string(text)};
}

Key digest_key(std::string_view text) {
  const auto digits = text.size() - static_cast<std::size_t>(std::ranges::count(text, ':'));
  if (digits == 40) return {"sha1", std::string(text)};
  if (digits == 64) return {"sha256", std::string(text)};
  throw ConfigError("the digest is neither SHA-1 nor SHA-256; write the certificate's sha256");
}

template <const char* kind>
Key plain_key(std::string_view text) {
  return {kind, std::string(text)};
}

constexpr char kCommonName[] = "subject.CN", kUid[] = "subject.UID", kSerial[] = "serial",
               kUpn[] = "upn", kKrb5[] = "krb5";

struct Mapper {
  std::string_view name;
  Key (*key)(std::string_view text);
};

constexpr Mapper kMappers[] = {{"subject", subject_key}, {"cn", plain_key<kCommonName>},
                               {"mail", mail_key},       {"digest", digest_key},
                               {"uid", plain_key<kUid>}, {"serial", plain_key<kSerial>},
                               {"upn", plain_key<kUpn>}, {"kpn", plain_key<kKrb5>}};

struct Entry {
  std::string_view key, login;
};

/// Empty where there is no " -> ". Logins are used as they are but for blanks at the line's end.
std::optional<Entry> split(std::string_view line) {
  const auto arrow = line.find(kArrow);
  if (arrow == line.npos) return std::nullopt;
  return Entry{line.substr(0, arrow), trimmed(line.substr(arrow + kArrow.size()))};
}

bool looks_like_digest(std::string_view key) {
  return key.size() >= 32 && key.find_first_not_of("0123456789abcdefABCDEF:") == key.npos;
}

bool looks_like_subject(std::string_view key) {
  const auto part = key.substr(key.starts_with('/') ? 1 : 0);
  const auto equals = part.find('=');
  return equals != part.npos && !oid_from_text(part.substr(0, equals)).empty();
}

bool looks_like_mail(std::string_view key) { return key.find('@') != key.npos; }

bool all_keys(std::string_view text, bool (*look_like)(std::string_view)) {
  bool any = false, all = true;
  for_each_line(text, [&](std::size_t, std::string_view line) {
    line = trimmed(line);
    if (line.empty() || line.starts_with('#')) return;
    if (const auto entry = split(line)) any = true, all = all && look_like(entry->key);
  });
  return any && all;
}

void check_login(std::string_view login) {
  if (login.find_first_of(" \t") == login.npos) return;
  throw ConfigError(
      "the login has a blank, and pam_pkcs11 takes all of it; write KEY -> LOGIN and nothing "
      "behind it");
}

void import_line(std::size_t number, std::string_view line, const Mapper& mapper,
                 ImportedMap& map) {
  const auto entry = split(line);
  if (!entry)
    throw ConfigError("the line has no \" -> \", so pam_pkcs11 skips it; write KEY -> LOGIN");
  check_login(entry->login);
  auto key = mapper.key(entry->key);
  map.entry({number, std::move(key.kind), std::move(key.value), std::string(entry->key),
             std::string(entry->login)});
}

}  // namespace

std::string pam_pkcs11_mapper(std::string_view text) {
  if (all_keys(text, looks_like_subject)) return "subject";
  if (all_keys(text, looks_like_digest)) return "digest";
  return all_keys(text, looks_like_mail) ? "mail" : "";
}

void import_pam_pkcs11(std::string_view text, std::string_view mapper, ImportedMap& map) {
  const auto* chosen = std::ranges::find(kMappers, mapper, &Mapper::name);
  if (chosen == std::end(kMappers))
    throw ToolError("there is no mapper " + std::string(mapper) +
                    "; say --mapper subject, cn, mail, digest, uid, serial, upn or kpn");
  map.read(text, [&](std::size_t number, std::string_view line) {
    import_line(number, line, *chosen, map);
  });
}

}  // namespace certmap

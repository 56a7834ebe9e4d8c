#include "ldap/config/url.h"

#include <arpa/inet.h>
#include <ldap.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/certificate/account.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "core/text/visible.h"
#include "ldap/config/filter_syntax.h"

namespace certmap {
namespace {

constexpr const char* kForm =
    "write ldap://HOST/BASE?ATTRIBUTE?SCOPE?FILTER, for example "
    "\"ldap://ldap.example.com/ou=People,dc=example,dc=com?uid?sub?(mail={email})\"";

enum class Scheme { Ldap, Ldaps, Ldapi };

struct Server {
  std::string url;
  bool leaves_machine;
};

/// Instead of any message that would quote what may be a password.
constexpr const char* kNoPassword =
    "it cannot be read, and has an @ or = before the filter; name and password are no part of the "
    "URL: write them as CertMapLDAPBindDN and CertMapLDAPBindPassword";

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

// ldap_url_parse() takes a '%' without two digits, and "%00", for the end or for nothing.
std::string decode(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    const auto digits = text.substr(at + 1, 2);
    const char* const end = digits.data() + digits.size();
    std::uint8_t octet = 0;
    if (digits.size() < 2 || std::from_chars(digits.data(), end, octet, 16).ptr != end)
      throw ConfigError("% in " + in_quotes(text) +
                        " is not followed by two hex digits; write %25 for % itself, and an "
                        "attribute without %: {email}");
    result += static_cast<char>(octet);
    at += 2;
  }
  if (!is_clean_text(result))
    throw ConfigError(in_quotes(text) + " is not UTF-8, or holds a control character");
  return result;
}

void refuse_template(std::string_view text) {
  const auto dollar = text.find('$');
  const bool group = dollar != std::string_view::npos && dollar + 1 < text.size() &&
                     text[dollar + 1] >= '0' && text[dollar + 1] <= '9';
  if (group || text.find_first_of("{}") != std::string_view::npos)
    throw ConfigError("a template can stand only in the filter, and not in " + in_quotes(text));
}

Scheme read_scheme(std::string_view name) {
  const auto lower = to_lower(name);
  if (lower == "ldap") return Scheme::Ldap;
  if (lower == "ldaps") return Scheme::Ldaps;
  if (lower == "ldapi") return Scheme::Ldapi;
  throw ConfigError(in_quotes(name) +
                    " is no way to reach a directory; write ldap://, ldaps:// or " + "ldapi://");
}

Security read_security(Scheme scheme, const std::optional<std::string>& word) {
  const auto mode = word ? to_lower(*word) : std::string();
  const bool start_tls = mode == "tls" || mode == "starttls";
  if (word && !start_tls && mode != "none" && mode != "ssl")
    throw ConfigError(in_quotes(*word) + " behind the URL is unknown; write NONE, SSL, TLS or " +
                      "STARTTLS, and put a URL with blanks in quotes");
  switch (scheme) {
    case Scheme::Ldap:
      return start_tls ? Security::StartTls : mode == "ssl" ? Security::Ldaps : Security::Plain;
    case Scheme::Ldaps:
      if (start_tls || mode == "none")
        throw ConfigError("ldaps:// is encrypted from the start, which " + *word +
                          " contradicts; write ldap:// or leave " + *word + " out");
      return Security::Ldaps;
    case Scheme::Ldapi:
      if (start_tls || mode == "ssl")
        throw ConfigError("ldapi:// does not leave this machine; leave " + *word + " out");
      return Security::Local;
  }
  return Security::Plain;
}

int read_port(std::string_view text) {
  int port = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || port < 1 ||
      port > 65535)
    throw ConfigError("a server has no port from 1 to 65535 behind the colon");
  return port;
}

bool is_host_name(std::string_view host) {
  const auto is_good = [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
           c == '.' || c == '_';
  };
  return !host.empty() && std::ranges::all_of(host, is_good) && host.front() != '.' &&
         host.front() != '-' && host.find("..") == std::string_view::npos;
}

bool is_loopback(const std::string& host) {
  in_addr v4 = {};
  in6_addr v6 = {};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  const auto lower = to_lower(host);
  return lower == "localhost" || lower == "localhost.";
}

Server read_server(std::string_view text, Security security) {
  const bool bracketed = text.starts_with('[');
  const auto host_end = std::min(bracketed ? text.find(']') : text.find(':'), text.size());
  std::string host(text.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0)));
  auto rest = text.substr(std::min(host_end + (bracketed ? 1 : 0), text.size()));
  in6_addr address;
  const bool good = bracketed ? host_end < text.size() && (rest.empty() || rest.front() == ':') &&
                                    inet_pton(AF_INET6, host.c_str(), &address) == 1
                              : is_host_name(host) || (host.empty() && text.empty());
  if (!good || std::ranges::count(rest, ':') > 1)
    throw ConfigError(in_quotes(text) +
                      " is no server; write NAME, ADDRESS or [IPV6-ADDRESS], with " +
                      ":PORT where needed, and blanks between several");
  if (host.empty()) host = "localhost";
  const bool tls = security == Security::Ldaps;
  const int port = rest.empty() ? (tls ? LDAPS_PORT : LDAP_PORT) : read_port(rest.substr(1));
  return {std::string(tls ? "ldaps://" : "ldap://") + (bracketed ? "[" + host + "]" : host) + ":" +
              std::to_string(port),
          !is_loopback(host)};
}

Server read_socket(std::string_view text) {
  const auto path = decode(text);
  if (!path.starts_with('/'))
    throw ConfigError(
        "ldapi:// needs the path of the socket with %2F for each slash; write for "
        "example ldapi://%2Frun%2Fslapd%2Fldapi/dc=example,dc=com?...");
  std::string url = "ldapi://";
  for (const char c : path) {
    const bool plain = is_host_name(std::string(1, 'a') + c);
    url += plain ? std::string(1, c) : "%" + hex(std::string(1, c));
  }
  return {url, false};
}

void read_servers(DirectoryUrl& url, std::string_view hosts, Scheme scheme) {
  auto names = split(hosts, ' ');
  std::erase_if(names, [](std::string_view name) { return name.empty(); });
  if (names.empty()) names.emplace_back();
  for (const auto name : names) {
    auto server = scheme == Scheme::Ldapi ? read_socket(name) : read_server(name, url.security);
    url.servers.push_back(std::move(server.url));
    url.leaves_machine |= server.leaves_machine;
  }
}

std::string read_base(std::string_view text) {
  auto base = decode(text);
  refuse_template(base);
  LDAPDN dn = nullptr;
  if (ldap_str2dn(base.c_str(), &dn, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
    throw ConfigError("the base " + in_quotes(base) +
                      " is no DN; write one like ou=People,dc=example,dc=com");
  ldap_dnfree(dn);
  return base;
}

std::vector<std::string> read_attributes(std::string_view text) {
  std::vector<std::string> attributes;
  if (text.empty()) return {"uid"};
  for (const auto part : split(text, ',')) {
    auto attribute = decode(part);
    refuse_template(attribute);
    if (!is_attribute_description(attribute))
      throw ConfigError(in_quotes(attribute) + " is no name of an attribute; write the account's " +
                        "first, like uid, then others, each behind a comma");
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

int read_scope(std::string_view text) {
  const auto scope = to_lower(decode(text));
  if (scope.empty() || scope == "sub") return LDAP_SCOPE_SUBTREE;
  if (scope == "one") return LDAP_SCOPE_ONELEVEL;
  if (scope == "base") return LDAP_SCOPE_BASE;
  throw ConfigError("the scope " + in_quotes(text) + " is unknown; write base, one or sub");
}

std::string read_filter(std::string_view text) {
  auto filter = decode(text);
  if (filter.find_first_not_of(' ') == std::string::npos)
    throw ConfigError(std::string("the URL has no filter; ") + kForm);
  return filter;
}

void read_query(DirectoryUrl& url, std::string_view text) {
  auto parts = split(text, '?');
  if (parts.size() > 4)
    throw ConfigError(
        "the URL has something behind its filter, and extensions are not known; "
        "write %3F for ? in a filter");
  parts.resize(4);
  url.base = read_base(parts[0]);
  url.attributes = read_attributes(parts[1]);
  url.scope = read_scope(parts[2]);
  url.filter = read_filter(parts[3]);
}

/// Where name and password were written before the servers, an @ stands somewhere before the
/// filter: the password itself may hold what ends a part of the URL.
bool may_hold_password(const std::vector<std::string>& words) {
  const auto has_at = [](const std::string& word) {
    return word.substr(0, word.find('(')).find('@') != std::string::npos;
  };
  return std::ranges::any_of(words, has_at);
}

DirectoryUrl read_url(const std::vector<std::string>& words) {
  if (words.empty() || words.size() > 2)
    throw ConfigError(std::string("it takes a URL in quotes, and NONE, SSL, TLS or STARTTLS; ") +
                      kForm);
  const std::string_view text = words[0];
  const auto colon = text.find("://");
  if (colon == std::string_view::npos)
    throw ConfigError(std::string("the first word is no URL; ") + kForm);
  const auto scheme = read_scheme(text.substr(0, colon));
  const auto rest = text.substr(colon + 3);
  const auto hosts_end = std::min(rest.find_first_of("/?"), rest.size());
  const auto hosts = rest.substr(0, hosts_end);
  if (hosts.find_first_of("@=") != std::string_view::npos) throw ConfigError(kNoPassword);
  refuse_template(hosts);
  if (hosts.ends_with("ldap:") || hosts.ends_with("ldaps:") || hosts.ends_with("ldapi:"))
    throw ConfigError(
        "the scheme stands twice; write it once, then the servers with blanks "
        "between them: ldap://ldap1.example.com ldap2.example.com/...");

  DirectoryUrl url;
  url.security = read_security(
      scheme, words.size() == 2 ? std::optional(words[1]) : std::optional<std::string>());
  read_servers(url, hosts, scheme);
  if (url.security == Security::Plain && url.leaves_machine && words.size() < 2)
    throw ConfigError(
        "ldap:// to another machine is not encrypted; write STARTTLS behind the URL, "
        "or ldaps://, or NONE where that is meant");
  if (hosts_end == rest.size() || rest[hosts_end] != '/')
    throw ConfigError(std::string("the URL has no / behind its servers; ") + kForm);
  read_query(url, rest.substr(hosts_end + 1));
  return url;
}

}  // namespace

DirectoryUrl parse_directory_url(const std::vector<std::string>& words) {
  try {
    return read_url(words);
  } catch (const ConfigError&) {
    if (may_hold_password(words)) throw ConfigError(kNoPassword);
    throw;
  }
}

}  // namespace certmap

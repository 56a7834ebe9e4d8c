#include "httpd/config/ldap_lines.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "core/text/encodings.h"
#include "core/text/error.h"
#include "httpd/base/guarded.h"
#include "httpd/config/arguments.h"
#include "httpd/config/config.h"
#include "httpd/config/secret.h"
#include "ldap/config/filter_syntax.h"
#include "ldap/lookup/source.h"

namespace certmap {
namespace {

using Words = std::vector<std::string>;

constexpr int kMaxTimeout = 300;  // seconds
constexpr int kMaxConnections = 1000;

struct Line {
  const char* directive;
  std::size_t words;
  const char* form;
  bool (*is_set)(const LdapLines& lines);
  void (*read)(LdapLines& lines, cmd_parms* cmd, const Words& words);
};

std::shared_ptr<const ConfigFile> file_at(cmd_parms* cmd, const std::string& written) {
  const auto path = absolute(cmd, written);
  auto& file = lines_of(cmd->pool).config_files[path];
  if (!file) file = std::make_shared<const ConfigFile>(read_config_file(path));
  return file;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

std::string password_from(cmd_parms* cmd, const std::string& written) {
  if (written.starts_with("exec:")) return first_line_of_program(cmd, written.substr(5));
  if (written.starts_with("file:")) return first_line(file_at(cmd, written.substr(5))->content);
  return written;
}

void read_password(LdapLines& lines, cmd_parms* cmd, const Words& words) {
  lines.bind_password = password_from(cmd, words[0]);
  if (lines.bind_password->empty())
    throw ConfigError("the password is empty; a directory would take that for an anonymous bind");
}

void read_bind_dn(LdapLines& lines, cmd_parms*, const Words& words) {
  if (words[0].empty()) throw ConfigError("the DN is empty; write none for an anonymous bind");
  lines.bind_dn = to_lower(words[0]) == "none" ? std::string() : words[0];
}

void read_client_certificate(LdapLines& lines, cmd_parms* cmd, const Words& words) {
  lines.client_certificate = file_at(cmd, words[0]);
  lines.client_key = file_at(cmd, words[1]);
  check_certificates(words[0], lines.client_certificate->content);
  check_key(lines.client_certificate->content, lines.client_key->content);
}

void read_ca(LdapLines& lines, cmd_parms* cmd, const Words& words) {
  lines.ca = file_at(cmd, words[0]);
  check_certificates(words[0], lines.ca->content);
}

void read_groups(LdapLines& lines, cmd_parms*, const Words& words) {
  if (!is_attribute_description(words[0]))
    throw ConfigError("\"" + words[0] + "\" is no name of an attribute; write one like memberOf");
  lines.groups = words[0];
}

int number_from(const std::string& word, int most) {
  int number = 0;
  const auto* last = word.data() + word.size();
  const auto [end, error] = std::from_chars(word.data(), last, number);
  if (error != std::errc() || end != last || number < 1 || number > most)
    throw ConfigError("\"" + word + "\" is no whole number from 1 to " + std::to_string(most));
  return number;
}

void read_verify(LdapLines& lines, cmd_parms*, const Words& words) {
  lines.verify_certificate = is_first(words[0], "On", "Off");
}

constexpr Line kLines[] = {
    {"CertMapLDAPBindDN", 1, "none or one DN, in quotes where it has blanks",
     [](const LdapLines& l) { return l.bind_dn.has_value(); }, read_bind_dn},
    {"CertMapLDAPBindPassword", 1, "exec:PROGRAM, file:PATH or the password, in quotes",
     [](const LdapLines& l) { return l.bind_password.has_value(); }, read_password},
    {"CertMapLDAPCACert", 1, "one PEM file with the CA certificates of the directory",
     [](const LdapLines& l) { return l.ca != nullptr; }, read_ca},
    {"CertMapLDAPClientCert", 2, "two PEM files, CERTIFICATE KEY",
     [](const LdapLines& l) { return l.client_certificate != nullptr; }, read_client_certificate},
    {"CertMapLDAPTimeout", 1, "a number of seconds",
     [](const LdapLines& l) { return l.timeout.has_value(); },
     [](LdapLines& l, cmd_parms*, const Words& words) {
       l.timeout = number_from(words[0], kMaxTimeout);
     }},
    {"CertMapLDAPVerifyCert", 1, "On or Off",
     [](const LdapLines& l) { return l.verify_certificate.has_value(); }, read_verify},
    {"CertMapLDAPGroups", 1, "one attribute of the entry, for example memberOf",
     [](const LdapLines& l) { return l.groups.has_value(); }, read_groups},
    {"CertMapLDAPConnections", 1, "how many connections a process may hold",
     [](const LdapLines& l) { return l.connections.has_value(); },
     [](LdapLines& l, cmd_parms*, const Words& words) {
       l.connections = number_from(words[0], kMaxConnections);
     }},
};

const Line* find_line(const char* directive) {
  const auto* found = std::ranges::find_if(
      kLines, [&](const Line& line) { return ap_cstr_casecmp(line.directive, directive) == 0; });
  return found == std::end(kLines) ? nullptr : found;
}

template <typename T>
void take_default(T& value, const T& fallback) {
  if (!value) value = fallback;
}

}  // namespace

LdapLines LdapLines::over(const LdapLines& defaults) const {
  auto result = *this;
  // One's password is not for another DN, and who binds in one way does not mean the other.
  if (!bind_dn && !bind_password && !client_certificate) {
    result.bind_dn = defaults.bind_dn;
    result.bind_password = defaults.bind_password;
    result.client_certificate = defaults.client_certificate;
    result.client_key = defaults.client_key;
  }
  take_default(result.ca, defaults.ca);
  take_default(result.timeout, defaults.timeout);
  take_default(result.verify_certificate, defaults.verify_certificate);
  take_default(result.groups, defaults.groups);
  take_default(result.connections, defaults.connections);
  return result;
}

bool is_ldap_line(const char* directive) { return find_line(directive) != nullptr; }

void read_ldap_line(LdapLines& lines, cmd_parms* cmd, const char* directive, const Words& words) {
  const auto& line = *find_line(directive);
  if (words.size() != line.words) throw ConfigError(std::string("write ") + line.form);
  if (line.is_set(lines)) throw ConfigError("stands twice here; leave one of the lines out");
  line.read(lines, cmd, words);
}

DirectoryUrl read_ldap_url(const Words& words) {
  auto url = parse_directory_url(words);
  Words names;
  for (auto attribute = url.attributes.begin() + 1; attribute != url.attributes.end();
       ++attribute) {
    names.push_back(environment_name(*attribute));
    if (std::ranges::count(names, names.back()) > 1)
      throw ConfigError("two attributes would be CERTMAP_ATTR_" + names.back() +
                        "; leave one of them out");
  }
  return url;
}

const char* set_ldap_default(cmd_parms* cmd, void*, const char* args) {
  return guarded_directive(cmd, [&] {
    read_as(cmd->cmd->name, [&] {
      read_ldap_line(lines_of(cmd->server).ldap, cmd, cmd->cmd->name,
                     words_of(cmd->temp_pool, args));
    });
  });
}

}  // namespace certmap

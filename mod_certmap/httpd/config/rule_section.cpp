#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/text/error.h"
#include "httpd/base/guarded.h"
#include "httpd/config/arguments.h"
#include "httpd/config/config.h"
#include "httpd/config/directives.h"

namespace certmap {
namespace {

using Words = std::vector<std::string>;

/// What the lines of a section leave behind.
struct Section {
  RuleBuilder builder;
  std::shared_ptr<LdapRule> ldap;
  Place ldap_place = {};
  LdapLines ldap_lines = {};
  const ap_directive_t* ldap_line = nullptr;  ///< the first of them
  const ap_directive_t* crl_line = nullptr;
};

struct Line {
  const char* directive;
  void (*read)(Section& section, cmd_parms* cmd, Words words);
};

void read_issued_by(Section& section, cmd_parms* cmd, Words words) {
  for (auto& word : words) word = absolute(cmd, word);
  section.builder.issued_by(words);
}

void read_file(Section& section, cmd_parms* cmd, Words words) {
  if (!words.empty()) words[0] = absolute(cmd, words[0]);
  section.builder.file(words);
  auto& lines = lines_of(cmd->pool);
  lines.live_places.emplace(lines.resources.map_file(words[0]).get(),
                            LivePlace{"CertMapFile", place_of(cmd->err_directive)});
}

void read_crl(Section& section, cmd_parms* cmd, Words words) {
  for (auto& word : words) word = absolute(cmd, word);
  section.builder.crl(words);
  section.crl_line = cmd->err_directive;
}

void read_url(Section& section, cmd_parms* cmd, Words words) {
  section.builder.set_outcome("CertMapLDAPURL");
  section.ldap = std::make_shared<LdapRule>();
  section.ldap->url = read_ldap_url(words);
  section.ldap_place = place_of(cmd->err_directive);
}

constexpr Line kLines[] = {
    {"CertMapIssuedBy", read_issued_by},
    {"CertMapMatch", [](Section& s, cmd_parms*, Words w) { s.builder.match(w); }},
    {"CertMapCRL", read_crl},
    {"CertMapCRLStale", [](Section& s, cmd_parms*, Words w) { s.builder.crl_stale(w); }},
    {"CertMapUser", [](Section& s, cmd_parms*, Words w) { s.builder.user(w); }},
    {"CertMapFile", read_file},
    {"CertMapLDAPURL", read_url},
    {"CertMapDeny", [](Section& s, cmd_parms*, Words w) { s.builder.deny(w); }},
};

const Line& line_for(const ap_directive_t* directive) {
  for (const auto& line : kLines)
    if (ap_cstr_casecmp(line.directive, directive->directive) == 0) return line;
  throw ConfigError(
      std::string(directive->directive) +
      " is not allowed in <CertMapRule>; a rule is made of CertMapIssuedBy, CertMapMatch, "
      "CertMapCRL, CertMapCRLStale, CertMapUser, CertMapFile, CertMapLDAPURL with its CertMapLDAP "
      "lines, and CertMapDeny");
}

/// httpd prepends file and line of cmd->err_directive to what is thrown; this adds the directive.
template <typename Read>
void read_at(cmd_parms* cmd, const ap_directive_t* directive, Read read) {
  cmd->err_directive = directive;
  read_as(directive->directive, read);
}

void read_line(Section& section, cmd_parms* cmd, const ap_directive_t* directive) {
  cmd->err_directive = directive;
  const bool of_ldap = is_ldap_line(directive->directive);
  const auto* line = of_ldap ? nullptr : &line_for(directive);
  read_at(cmd, directive, [&] {
    const auto words = words_of(cmd->temp_pool, directive->args ? directive->args : "");
    if (line) return line->read(section, cmd, words);
    read_ldap_line(section.ldap_lines, cmd, directive->directive, words);
    if (!section.ldap_line) section.ldap_line = directive;
  });
}

void check_ldap_lines(const Section& section, cmd_parms* cmd) {
  if (section.ldap || !section.ldap_line) return;
  cmd->err_directive = section.ldap_line;
  throw ConfigError(std::string(section.ldap_line->directive) +
                    ": this rule has no CertMapLDAPURL; add one, or leave this line out");
}

/// Reads template and filter last, because they may use groups of lines below them.
NamedRule finish(Section& section, const Place& place,
                 std::map<const LiveFile*, LivePlace>& live_places) {
  if (section.ldap) {
    section.ldap->filter.emplace(section.ldap->url.filter, section.builder.matches());
    section.ldap->lines = section.ldap_lines;
  }
  auto rule = section.builder.build();
  for (const auto& crls : rule->crls)
    live_places.emplace(crls.get(), LivePlace{"CertMapCRL", place_of(section.crl_line)});
  return {std::move(rule), place, section.ldap, section.ldap_place};
}

std::string name_from(cmd_parms* cmd, const char* args) {
  const char* end = ap_strrchr_c(args, '>');
  if (!end || end[1] != '\0') throw ConfigError("<CertMapRule NAME> needs its closing \">\"");
  const auto words = words_of(
      cmd->temp_pool, apr_pstrmemdup(cmd->temp_pool, args, static_cast<apr_size_t>(end - args)));
  if (words.size() != 1) throw ConfigError("write one name: <CertMapRule NAME>");
  return words[0];
}

void check_new_name(const ServerLines& lines, const std::string& name) {
  const auto found = lines.rules.find(name);
  if (found != lines.rules.end())
    throw ConfigError("rule \"" + name + "\" is defined twice in this server, first at " +
                      found->second.place.text() + "; rename one of them");
}

const ap_directive_t* find_line(const ap_directive_t* first, const char* name) {
  while (first && ap_cstr_casecmp(first->directive, name) != 0) first = first->next;
  return first;
}

const ap_directive_t* line_with_template(const ap_directive_t* section) {
  if (const auto* user = find_line(section->first_child, "CertMapUser")) return user;
  const auto* url = find_line(section->first_child, "CertMapLDAPURL");
  return url ? url : section;
}

}  // namespace

const char* read_rule_section(cmd_parms* cmd, void*, const char* args) {
  return guarded_directive(cmd, [&] {
    if (!(cmd->override & RSRC_CONF))
      throw ConfigError(
          "<CertMapRule> is not allowed in a section like <Location>; move the rule out of it, to "
          "the virtual host or the main server, and write CertMapUse NAME in the section");
    auto& lines = lines_of(cmd->server);
    const auto* section = cmd->directive;
    const auto name = name_from(cmd, args);
    check_new_name(lines, name);
    Section rule{.builder = {name, lines_of(cmd->pool).resources}};
    for (const auto* line = section->first_child; line; line = line->next)
      read_line(rule, cmd, line);
    cmd->err_directive = section;
    rule.builder.check();
    check_ldap_lines(rule, cmd);
    read_at(cmd, line_with_template(section), [&] {
      lines.rules[name] = finish(rule, place_of(section), lines_of(cmd->pool).live_places);
    });
    cmd->err_directive = nullptr;
  });
}

const char* refuse_outside_rule(cmd_parms* cmd, void*, const char*) {
  return apr_pstrcat(cmd->pool, cmd->cmd->name,
                     " belongs inside <CertMapRule NAME> ... </CertMapRule>", nullptr);
}

}  // namespace certmap

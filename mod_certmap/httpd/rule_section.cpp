#include <array>
#include <string_view>

#include "core/error.h"
#include "httpd/config.h"
#include "httpd/directives.h"
#include "httpd/guarded.h"

namespace certmap {
namespace {

struct Line {
  const char* directive;
  void (*read)(RuleBuilder& builder, cmd_parms* cmd, std::vector<std::string> words);
};

std::string absolute(cmd_parms* cmd, const std::string& path) {
  const char* full = ap_server_root_relative(cmd->temp_pool, path.c_str());
  if (!full) throw ConfigError("\"" + path + "\" is no usable path");
  return full;
}

void read_issued_by(RuleBuilder& builder, cmd_parms* cmd, std::vector<std::string> words) {
  for (auto& word : words) word = absolute(cmd, word);
  builder.issued_by(words);
}

void read_file(RuleBuilder& builder, cmd_parms* cmd, std::vector<std::string> words) {
  if (!words.empty()) words[0] = absolute(cmd, words[0]);
  builder.file(words);
  configuration_of(cmd->pool).map_places.emplace(words[0], place_of(cmd->err_directive));
}

constexpr std::array<Line, 5> kLines{{
    {"CertMapIssuedBy", read_issued_by},
    {"CertMapMatch", [](RuleBuilder& b, cmd_parms*, std::vector<std::string> w) { b.match(w); }},
    {"CertMapUser", [](RuleBuilder& b, cmd_parms*, std::vector<std::string> w) { b.user(w); }},
    {"CertMapFile", read_file},
    {"CertMapDeny", [](RuleBuilder& b, cmd_parms*, std::vector<std::string> w) { b.deny(w); }},
}};

const Line& line_for(const ap_directive_t* directive) {
  for (const auto& line : kLines)
    if (ap_cstr_casecmp(line.directive, directive->directive) == 0) return line;
  throw ConfigError(
      std::string(directive->directive) +
      " is not allowed in <CertMapRule>; a rule is made of CertMapIssuedBy, CertMapMatch, "
      "CertMapUser, CertMapFile and CertMapDeny");
}

/// httpd prepends file and line of cmd->err_directive to what is thrown; this adds the directive.
template <typename Read>
void read_as(cmd_parms* cmd, const ap_directive_t* directive, Read read) {
  cmd->err_directive = directive;
  try {
    read();
  } catch (const ConfigError& error) {
    throw ConfigError(std::string(directive->directive) + ": " + error.what());
  }
}

void read_line(RuleBuilder& builder, cmd_parms* cmd, const ap_directive_t* directive) {
  cmd->err_directive = directive;
  const auto& line = line_for(directive);
  read_as(cmd, directive, [&] {
    line.read(builder, cmd, words_of(cmd->temp_pool, directive->args ? directive->args : ""));
  });
}

std::string name_from(cmd_parms* cmd, const char* args) {
  const char* end = ap_strrchr_c(args, '>');
  if (!end || end[1] != '\0') throw ConfigError("<CertMapRule NAME> needs its closing \">\"");
  const auto words = words_of(
      cmd->temp_pool, apr_pstrmemdup(cmd->temp_pool, args, static_cast<apr_size_t>(end - args)));
  if (words.size() != 1) throw ConfigError("write one name: <CertMapRule NAME>");
  return words[0];
}

void check_new_name(const ServerConfig& config, const std::string& name) {
  const auto found = config.rules.find(name);
  if (found != config.rules.end())
    throw ConfigError("rule \"" + name + "\" is defined twice in this server, first at " +
                      found->second.place.text() + "; rename one of them");
}

const ap_directive_t* find_line(const ap_directive_t* first, const char* name) {
  while (first && ap_cstr_casecmp(first->directive, name) != 0) first = first->next;
  return first;
}

}  // namespace

const char* read_rule_section(cmd_parms* cmd, void*, const char* args) {
  return guarded_directive(cmd, [&] {
    auto& config = server_config(cmd->server);
    const auto* section = cmd->directive;
    const auto name = name_from(cmd, args);
    check_new_name(config, name);
    RuleBuilder builder(name, config.configuration->resources);
    for (const auto* line = section->first_child; line; line = line->next)
      read_line(builder, cmd, line);
    cmd->err_directive = section;
    builder.check();
    const auto* user = find_line(section->first_child, "CertMapUser");
    read_as(cmd, user ? user : section, [&] {
      config.rules[name] = {builder.build(), place_of(section)};
    });
    cmd->err_directive = nullptr;
  });
}

const char* refuse_outside_rule(cmd_parms* cmd, void*, const char*) {
  return apr_pstrcat(cmd->pool, cmd->cmd->name,
                     " belongs inside <CertMapRule NAME> ... </CertMapRule>", nullptr);
}

}  // namespace certmap

#include "httpd/tree/held_lines.h"

#include <algorithm>
#include <cstring>

#include "core/text/encodings.h"
#include "httpd/tree/section.h"

namespace certmap {
namespace {

bool begins(const ap_directive_t* directive, const char* prefix) {
  return ap_cstr_casecmpn(directive->directive, prefix, std::strlen(prefix)) == 0;
}

bool is_one_of(const ap_directive_t* directive, std::initializer_list<const char*> names) {
  return std::ranges::any_of(names, [&](const char* name) { return is_named(directive, name); });
}

/// Or about whether it is asked for at all.
bool is_about_access(const ap_directive_t* directive) {
  return begins(directive, "CertMap") || begins(directive, "Auth") ||
         begins(directive, "Redirect") || begins(directive, "Rewrite") ||
         is_one_of(directive, {"Require", "Satisfy", "Order", "Allow", "Deny", "SSLVerifyClient",
                               "SSLVerifyDepth", "SSLRequire", "SSLRequireSSL"});
}

/// Whether mod_authz_core can answer it for a request that no client made.
bool is_answerable(const ap_directive_t* require, apr_pool_t* pool) {
  auto words = words_in(require, pool);
  if (!words.empty() && to_lower(words[0]) == "not") words.erase(words.begin());
  if (words.empty()) return true;
  const auto is_expression = [](const std::string& word) {
    return word.find("%{") != std::string::npos;
  };
  if (std::ranges::any_of(words, is_expression)) return false;
  const auto provider = to_lower(words[0]);
  return provider == "all" || provider == "valid-user" || provider == "user" ||
         provider == "certmap-rule" || provider == "certmap-group" ||
         provider == "certmap-strength";
}

}  // namespace

HeldLines::HeldLines(const server_rec* s, const request_rec* r,
                     const std::vector<std::string>& access_files)
    : server_(s), request_(r), pool_(r ? r->pool : s->process->pconf) {
  add(ap_conftree, {});
  for (const auto& path : access_files) read_access_file(path);
  std::ranges::stable_sort(lines_, [](const ConfigLine& a, const ConfigLine& b) {
    return is_merged_before(a.scope, b.scope);
  });
}

void HeldLines::add(const ap_directive_t* first, const Scope& scope) {
  walk_lines(first, scope, pool_, [this](const ConfigLine& line) {
    if (line.directive->directive[0] == '<') return enters(line.directive);
    lines_.push_back(line);
    return false;
  });
}

bool HeldLines::enters(const ap_directive_t* section) {
  if (is_named(section, "<VirtualHost"))
    return section->filename && server_->defn_name &&
           std::strcmp(section->filename, server_->defn_name) == 0 &&
           static_cast<unsigned>(section->line_num) == server_->defn_line_number;
  const auto kind = kind_of_section(section);
  if (kind == SectionKind::Transparent || kind == SectionKind::Elsewhere)
    return kind == SectionKind::Transparent;
  const bool holds = request_ && section_holds(section, kind, request_);
  if (!holds) passed_by_.push_back(section);
  return holds;
}

/// httpd keeps no tree of it.
void HeldLines::read_access_file(const std::string& path) {
  cmd_parms parms{};
  parms.override = OR_ALL;
  parms.pool = parms.temp_pool = pool_;
  parms.server = request_->server;
  parms.path = apr_pstrdup(pool_, path.c_str());
  ap_directive_t* first = nullptr;
  if (ap_pcfg_openfile(&parms.config_file, pool_, path.c_str()) != APR_SUCCESS) return;
  const char* error = ap_build_config(&parms, pool_, pool_, &first);
  ap_cfg_closefile(parms.config_file);
  const int depth = 1 + static_cast<int>(std::ranges::count(path, '/'));
  if (!error) add(first, {.section = first, .order = SectionKind::Directory, .depth = depth});
}

std::vector<const ap_directive_t*> HeldLines::named(const char* name) const {
  std::vector<const ap_directive_t*> found;
  for (const auto& line : lines_)
    if (!line.scope.condition && is_named(line.directive, name)) found.push_back(line.directive);
  return found;
}

const ap_directive_t* HeldLines::find(const char* name) const {
  const auto all = named(name);
  return all.empty() ? nullptr : all.back();
}

const ap_directive_t* HeldLines::find_in_server(const char* name) const {
  const ap_directive_t* found = nullptr;
  for (const auto& line : lines_)
    if (!line.scope.condition && !line.scope.section && is_named(line.directive, name))
      found = line.directive;
  return found;
}

std::vector<const ap_directive_t*> HeldLines::elsewhere(const char* name) const {
  std::vector<const ap_directive_t*> found;
  for (const auto* section : passed_by_)
    for (const auto* each : lines_in(section, name)) found.push_back(each);
  return found;
}

std::string HeldLines::value(const ap_directive_t* directive, const std::string& otherwise) const {
  if (!directive || !directive->args) return otherwise;
  const char* args = directive->args;
  return ap_getword_conf(pool_, &args);
}

std::vector<const ap_directive_t*> HeldLines::conditions() const {
  std::vector<const ap_directive_t*> found;
  for (const auto& line : lines_)
    if (line.scope.condition && is_about_access(line.directive) &&
        std::ranges::find(found, line.scope.condition) == found.end())
      found.push_back(line.scope.condition);
  return found;
}

// Without AuthMerging, a section's Require lines take the place of those before.
std::vector<const ap_directive_t*> HeldLines::unknown_requirements() const {
  const auto* merging = find("AuthMerging");
  const bool merges = merging && first_word(merging) != "off";
  const ap_directive_t* decides = nullptr;
  for (const auto& line : lines_)
    if (!line.scope.condition && is_named(line.directive, "Require")) decides = line.scope.section;
  std::vector<const ap_directive_t*> unknown;
  for (const auto& line : lines_) {
    const auto* each = line.directive;
    const bool counts = !line.scope.condition && (merges || line.scope.section == decides);
    if ((counts && is_named(each, "Require") && !is_answerable(each, pool_)) ||
        (!line.scope.condition &&
         is_one_of(each, {"Order", "Allow", "Deny", "Satisfy", "SSLRequire"})))
      unknown.push_back(each);
  }
  return unknown;
}

const ap_directive_t* ssl_line(const HeldLines& lines, const char* name) {
  const bool per_place = ap_cstr_casecmpn(name, "SSLVerify", 9) == 0;
  return per_place ? lines.find(name) : lines.find_in_server(name);
}

std::string ssl_value(const HeldLines& lines, const char* name, const char* otherwise) {
  return lines.value(ssl_line(lines, name), otherwise);
}

std::string ssl_word(const HeldLines& lines, const char* name, const char* otherwise) {
  return to_lower(ssl_value(lines, name, otherwise));
}

const char* ssl_path(const HeldLines& lines, const char* name, apr_pool_t* pool) {
  const auto text = ssl_value(lines, name);
  return text.empty() ? nullptr : ap_server_root_relative(pool, text.c_str());
}

}  // namespace certmap

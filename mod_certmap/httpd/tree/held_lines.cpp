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

bool is_defined_at(const server_rec* s, const char* file, int line) {
  return file && s->defn_name && std::strcmp(file, s->defn_name) == 0 &&
         static_cast<unsigned>(line) == s->defn_line_number;
}

/// How often the file that has this virtual host was included before. httpd's list runs backwards.
int includes_before(const server_rec* s) {
  int count = 0;
  for (const auto* each = s->next; s->is_virtual && each; each = each->next)
    if (is_defined_at(s, each->defn_name, static_cast<int>(each->defn_line_number))) ++count;
  return count;
}

/// What mod_authz_core keeps of one or more sections.
struct Requirements {
  std::string merging;  ///< AuthMerging: off, and, or; empty: it is not said
  std::vector<const ap_directive_t*> sections;  ///< whose Require lines count
};

Requirements merged(Requirements outer, const Requirements& inner) {
  if (inner.merging.empty() && inner.sections.empty()) return outer;
  if (inner.merging.empty() || inner.merging == "off") return inner;
  outer.merging = inner.merging;
  outer.sections.insert(outer.sections.end(), inner.sections.begin(), inner.sections.end());
  return outer;
}

/// httpd merges the folders by themselves before they count, then the files, then the locations.
SectionKind walk_of(const Scope& scope) {
  return std::max(scope.order, SectionKind::DirectoryMatch);
}

}  // namespace

HeldLines::HeldLines(const server_rec* s, const request_rec* r,
                     const std::vector<std::string>& access_files)
    : server_(s), request_(r), pool_(r ? r->pool : s->process->pconf) {
  hosts_before_ = includes_before(s);
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
    return is_defined_at(server_, section->filename, section->line_num) && hosts_before_-- == 0;
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

std::vector<const ap_directive_t*> HeldLines::named_in_server(const char* name) const {
  std::vector<const ap_directive_t*> found;
  for (const auto& line : lines_)
    if (!line.scope.condition && !line.scope.section && is_named(line.directive, name))
      found.push_back(line.directive);
  return found;
}

const ap_directive_t* HeldLines::find_in_server(const char* name) const {
  const auto all = named_in_server(name);
  return all.empty() ? nullptr : all.back();
}

std::vector<const ap_directive_t*> HeldLines::elsewhere(const char* name) const {
  std::vector<const ap_directive_t*> found;
  for (const auto* section : passed_by_)
    for (const auto* each : lines_in(section, name)) found.push_back(each);
  return found;
}

std::vector<const ap_directive_t*> HeldLines::conditions() const {
  std::vector<const ap_directive_t*> found;
  for (const auto& line : lines_)
    if (line.scope.condition && is_about_access(line.directive) &&
        std::ranges::find(found, line.scope.condition) == found.end())
      found.push_back(line.scope.condition);
  return found;
}

/// Those whose Require lines count.
std::vector<const ap_directive_t*> HeldLines::requiring_sections() const {
  Requirements all, walk, section;
  const Scope* before = nullptr;
  for (const auto& line : lines_) {
    if (line.scope.condition || !is_one_of(line.directive, {"Require", "AuthMerging"})) continue;
    if (before && before->section != line.scope.section) walk = merged(walk, section), section = {};
    if (before && walk_of(*before) != walk_of(line.scope)) all = merged(all, walk), walk = {};
    before = &line.scope;
    if (is_named(line.directive, "Require"))
      section.sections = {line.scope.section};
    else
      section.merging = first_word(line.directive);
  }
  return merged(all, merged(walk, section)).sections;
}

std::vector<const ap_directive_t*> HeldLines::unknown_requirements() const {
  const auto sections = requiring_sections();
  std::vector<const ap_directive_t*> unknown;
  for (const auto& line : lines_) {
    const auto* each = line.directive;
    const bool counts =
        !line.scope.condition && std::ranges::find(sections, line.scope.section) != sections.end();
    if ((counts && is_named(each, "Require") && !is_answerable(each, pool_)) ||
        (!line.scope.condition &&
         is_one_of(each, {"Order", "Allow", "Deny", "Satisfy", "SSLRequire"})))
      unknown.push_back(each);
  }
  return unknown;
}

}  // namespace certmap

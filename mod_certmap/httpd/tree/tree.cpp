#include "httpd/tree/tree.h"

#include <apr_fnmatch.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "core/certificate/conversion.h"
#include "httpd/config/directives.h"
#include "httpd/tree/section.h"

namespace certmap {
namespace {

bool is_named(const ap_directive_t* directive, const char* name) {
  return ap_cstr_casecmp(directive->directive, name) == 0;
}

bool begins(const ap_directive_t* directive, const char* prefix) {
  return ap_cstr_casecmpn(directive->directive, prefix, std::strlen(prefix)) == 0;
}

bool is_one_of(const ap_directive_t* directive, std::initializer_list<const char*> names) {
  return std::ranges::any_of(names, [&](const char* name) { return is_named(directive, name); });
}

bool is_condition(const ap_directive_t* directive) {
  return is_one_of(directive, {"<If", "<ElseIf", "<Else"});
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
  auto words = words_of(pool, require->args ? require->args : "");
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

const ap_directive_t* find_below(const ap_directive_t* first, const char* name,
                                 const std::string& file, int line) {
  for (const auto* each = first; each; each = each->next) {
    if (each->line_num == line && is_named(each, name) && each->filename == file) return each;
    if (const auto* found = find_below(each->first_child, name, file, line)) return found;
  }
  return nullptr;
}

auto precedence(const HeldLine& line) { return std::tuple(line.kind, line.depth, line.own_server); }

}  // namespace

struct HeldLines::Around {
  const ap_directive_t* section = nullptr;
  const ap_directive_t* condition = nullptr;
  int kind = 0, depth = 0;
  bool own_server = false;
};

HeldLines::HeldLines(const server_rec* s, const request_rec* r,
                     const std::vector<std::string>& access_files)
    : server_(s), request_(r), pool_(r ? r->pool : s->process->pconf) {
  walk(ap_conftree, {.own_server = !s->is_virtual});
  for (const auto& path : access_files) read_access_file(path);
  std::ranges::stable_sort(
      lines_, [](const HeldLine& a, const HeldLine& b) { return precedence(a) < precedence(b); });
}

void HeldLines::walk(const ap_directive_t* first, const Around& around) {
  for (const auto* each = first; each; each = each->next) {
    if (each->directive[0] == '<')
      enter(each, around);
    else
      lines_.push_back(
          {each, around.section, around.condition, around.kind, around.depth, around.own_server});
  }
}

void HeldLines::enter(const ap_directive_t* section, Around around) {
  if (is_named(section, "<VirtualHost")) {
    if (section->filename && server_->defn_name &&
        std::strcmp(section->filename, server_->defn_name) == 0 &&
        static_cast<unsigned>(section->line_num) == server_->defn_line_number)
      walk(section->first_child, {.own_server = true});
    return;
  }
  if (is_condition(section)) {
    if (!around.condition) around.condition = section;
  } else if (const auto kind = kind_of_section(section); kind == SectionKind::Elsewhere) {
    return;
  } else if (kind != SectionKind::Transparent) {
    if (!request_ || !section_holds(section, kind, request_)) {
      passed_by_.push_back(section);
      return;
    }
    around.section = section;
    around.kind = std::max(around.kind, static_cast<int>(kind));
    if (kind == SectionKind::Directory) around.depth = depth_of(section, pool_);
  }
  walk(section->first_child, around);
}

/// httpd read it line by line, and has no tree of it.
void HeldLines::read_access_file(const std::string& path) {
  ap_configfile_t* file = nullptr;
  if (ap_pcfg_openfile(&file, pool_, path.c_str()) != APR_SUCCESS) return;
  const int depth = 1 + static_cast<int>(std::ranges::count(path, '/'));
  auto* file_section = static_cast<ap_directive_t*>(apr_pcalloc(pool_, sizeof(ap_directive_t)));
  ap_directive_t* parent = file_section;
  char text[MAX_STRING_LEN];
  while (ap_cfg_getline(text, sizeof text, file) == APR_SUCCESS) {
    if (text[0] == '\0' || text[0] == '#') continue;
    if (text[0] == '<' && text[1] == '/') {
      if (parent->parent) parent = parent->parent;
      continue;
    }
    auto* line = static_cast<ap_directive_t*>(apr_pcalloc(pool_, sizeof(ap_directive_t)));
    const char* rest = apr_pstrdup(pool_, text);
    line->directive = ap_getword_conf(pool_, &rest);
    line->args = rest;
    line->filename = apr_pstrdup(pool_, path.c_str());
    line->line_num = static_cast<int>(file->line_number);
    line->parent = parent;
    (parent->last ? parent->last->next : parent->first_child) = line;
    parent->last = line;
    if (text[0] == '<') parent = line;
  }
  ap_cfg_closefile(file);
  walk(file_section->first_child, {.section = file_section,
                                   .kind = static_cast<int>(SectionKind::Directory),
                                   .depth = depth,
                                   .own_server = true});
}

const ap_directive_t* HeldLines::find(const char* name) const {
  const ap_directive_t* found = nullptr;
  for (const auto& line : lines_)
    if (!line.condition && is_named(line.directive, name)) found = line.directive;
  return found;
}

const ap_directive_t* HeldLines::find_in_server(const char* name) const {
  const ap_directive_t* found = nullptr;
  for (const auto& line : lines_)
    if (!line.condition && !line.section && is_named(line.directive, name)) found = line.directive;
  return found;
}

std::vector<const ap_directive_t*> HeldLines::elsewhere(const char* name) const {
  std::vector<const ap_directive_t*> found;
  for (const auto* section : passed_by_)
    for (const auto* each = section->first_child; each; each = each->next)
      if (is_named(each, name)) found.push_back(each);
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
    if (line.condition && is_about_access(line.directive) &&
        std::ranges::find(found, line.condition) == found.end())
      found.push_back(line.condition);
  return found;
}

// Without AuthMerging, a section's Require lines take the place of those before.
std::vector<const ap_directive_t*> HeldLines::unknown_requirements() const {
  const auto* merging = find("AuthMerging");
  const bool merges = merging && to_lower(value(merging)) != "off";
  const ap_directive_t* decides = nullptr;
  for (const auto& line : lines_)
    if (!line.condition && is_named(line.directive, "Require")) decides = line.section;
  std::vector<const ap_directive_t*> unknown;
  for (const auto& line : lines_) {
    const auto* each = line.directive;
    const bool counts = !line.condition && (merges || line.section == decides);
    if ((counts && is_named(each, "Require") && !is_answerable(each, pool_)) ||
        (!line.condition && is_one_of(each, {"Order", "Allow", "Deny", "Satisfy", "SSLRequire"})))
      unknown.push_back(each);
  }
  return unknown;
}

std::string text_of_place(const ap_directive_t* directive) {
  return std::string(directive->filename ? directive->filename : "") + ":" +
         std::to_string(directive->line_num);
}

std::string text_of_line(const ap_directive_t* directive) {
  const std::string args = directive->args ? directive->args : "";
  return directive->directive + (args.empty() ? "" : " " + args);
}

const ap_directive_t* find_directive(const char* name, const std::string& file, int line) {
  return find_below(ap_conftree, name, file, line);
}

}  // namespace certmap

#include "httpd/tree/lines.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/text/encodings.h"
#include "httpd/base/pool.h"
#include "httpd/config/arguments.h"

namespace certmap {
namespace {

void add_section(Scope& scope, const ap_directive_t* section, SectionKind kind, apr_pool_t* pool) {
  scope.section = section;
  scope.order = std::max(scope.order, kind);
  if (kind == SectionKind::Directory) scope.depth = depth_of(section, pool);
  auto path = plain_path(section, pool);
  if (path.empty() && kind == SectionKind::Files) return;
  scope.kind = path.empty() ? SectionKind::Transparent : kind;
  scope.path = std::move(path);
}

Scope inside(const ap_directive_t* section, Scope scope, apr_pool_t* pool) {
  if (is_named(section, "<VirtualHost")) return {.host = section};
  if (is_one_of(section, {"<If", "<ElseIf", "<Else"}) && !scope.condition)
    scope.condition = section;
  const auto kind = kind_of_section(section);
  const bool is_place = kind != SectionKind::Transparent && kind != SectionKind::Elsewhere;
  if (is_place) add_section(scope, section, kind, pool);
  if (!is_place || kind == SectionKind::Files || scope.path.empty()) scope.is_certain = false;
  return scope;
}

}  // namespace

void walk_lines(const ap_directive_t* first, const Scope& scope, apr_pool_t* pool,
                const std::function<bool(const ConfigLine&)>& visit) {
  for (const auto* each = first; each; each = each->next)
    if (visit({each, scope}) && each->first_child)
      walk_lines(each->first_child, inside(each, scope, pool), pool, visit);
}

bool is_named(const ap_directive_t* line, const char* name) {
  return ap_cstr_casecmp(line->directive, name) == 0;
}

bool is_one_of(const ap_directive_t* line, std::initializer_list<const char*> names) {
  return std::ranges::any_of(names, [&](const char* name) { return is_named(line, name); });
}

std::string args_of(const ap_directive_t* line) { return line && line->args ? line->args : ""; }

std::vector<std::string> words_in(const ap_directive_t* line, apr_pool_t* pool) {
  return words_of(pool, args_of(line).c_str());
}

std::string first_word(const ap_directive_t* line) {
  const auto pool = make_pool();
  const auto args = args_of(line);
  const char* rest = args.c_str();
  return to_lower(ap_getword_conf(pool.get(), &rest));
}

std::string text_of_line(const ap_directive_t* directive) {
  const auto args = args_of(directive);
  return directive->directive + (args.empty() ? "" : " " + args);
}

std::string with_place(const ap_directive_t* line) {
  return text_of_line(line) + " (" + place_of(line).text() + ")";
}

const ap_directive_t* first_beside(const ap_directive_t* line) {
  return line->parent ? line->parent->first_child : ap_conftree;
}

std::vector<const ap_directive_t*> lines_in(const ap_directive_t* section, const char* name) {
  std::vector<const ap_directive_t*> found;
  for (const auto* each = section ? section->first_child : nullptr; each; each = each->next)
    if (is_named(each, name)) found.push_back(each);
  return found;
}

const ap_directive_t* section_of(const NamedRule& rule, apr_pool_t* pool) {
  const ap_directive_t* found = nullptr;
  walk_lines(ap_conftree, {}, pool, [&](const ConfigLine& line) {
    const auto* each = line.directive;
    if (is_named(each, "<CertMapRule") && each->line_num == rule.place.line &&
        each->filename == rule.place.file)
      found = each;
    return is_named(each, "<VirtualHost");
  });
  return found;
}

bool contains(const Scope& outer, const Scope& inner) {
  return outer.is_certain && outer.kind != SectionKind::Transparent && outer.kind == inner.kind &&
         (!outer.host || outer.host == inner.host) &&
         is_at_or_below(outer.path, inner.path.c_str());
}

bool may_share_host(const Scope& a, const Scope& b) {
  return !a.host || !b.host || a.host == b.host;
}

// Which folder a <Location> is about, only a request tells.
bool may_meet(const Scope& a, const Scope& b) {
  if (!may_share_host(a, b)) return false;
  if (a.kind != b.kind || a.kind == SectionKind::Transparent) return true;
  return is_at_or_below(a.path, b.path.c_str()) || is_at_or_below(b.path, a.path.c_str());
}

// The main server's sections first, then those of the virtual host; each <Location> in the order of
// the files.
bool is_merged_before(const Scope& a, const Scope& b) {
  const auto rank = [](const Scope& scope) {
    return std::tuple(scope.order, scope.depth, scope.host != nullptr);
  };
  return rank(a) < rank(b);
}

ConfigLines::ConfigLines(apr_pool_t* pool) {
  walk_lines(ap_conftree, {}, pool, [this](const ConfigLine& line) {
    lines_.push_back(line);
    return true;
  });
}

const ConfigLine* ConfigLines::in_force(const char* name, const Scope& scope) const {
  const ConfigLine* found = nullptr;
  for (const auto& line : lines_) {
    if (!is_named(line.directive, name) || !contains(line.scope, scope)) continue;
    if (!found || !is_merged_before(line.scope, found->scope)) found = &line;
  }
  return found;
}

std::vector<const ConfigLine*> ConfigLines::may_hold(const char* name, const Scope& scope) const {
  const auto* winner = in_force(name, scope);
  std::vector<const ConfigLine*> found;
  for (const auto& line : lines_) {
    if (!is_named(line.directive, name) || !may_meet(line.scope, scope)) continue;
    const bool is_overruled =
        winner && &line != winner &&
        (contains(line.scope, scope) || (winner->scope.kind == SectionKind::Location &&
                                         line.scope.kind == SectionKind::Directory));
    if (!is_overruled) found.push_back(&line);
  }
  return found;
}

}  // namespace certmap

#include "httpd/tree/lines.h"

#include <cstddef>
#include <tuple>
#include <utility>

#include "core/certificate/conversion.h"

namespace certmap {
namespace {

bool may_share_host(const Scope& a, const Scope& b) {
  return !a.host || !b.host || a.host == b.host;
}

/// httpd merges the main server's sections first, then those of the virtual host; each <Location>
/// in the order of the files, shorter <Directory> paths before longer ones.
auto precedence(const Scope& scope) {
  const std::size_t depth = scope.kind == SectionKind::Directory ? scope.path.size() : 0;
  return std::tuple(depth, scope.host != nullptr);
}

}  // namespace

bool is_named(const ap_directive_t* line, const char* name) {
  return ap_cstr_casecmp(line->directive, name) == 0;
}

std::string first_word(const ap_directive_t* line) {
  std::string args = line->args ? line->args : "";
  std::erase(args, '"');
  return to_lower(args.substr(0, args.find_first_of(" \t")));
}

bool contains(const Scope& outer, const Scope& inner) {
  return outer.is_certain && outer.kind != SectionKind::Transparent && outer.kind == inner.kind &&
         (!outer.host || outer.host == inner.host) &&
         is_at_or_below(outer.path, inner.path.c_str());
}

// Which folder a <Location> is about, only a request tells.
bool may_meet(const Scope& a, const Scope& b) {
  if (!may_share_host(a, b)) return false;
  if (a.kind != b.kind || a.kind == SectionKind::Transparent) return true;
  return is_at_or_below(a.path, b.path.c_str()) || is_at_or_below(b.path, a.path.c_str());
}

void ConfigLines::collect(const ap_directive_t* first, const Scope& scope) {
  for (const auto* each = first; each; each = each->next) {
    lines_.push_back({each, scope});
    if (each->first_child) collect(each->first_child, inside(each, scope));
  }
}

Scope ConfigLines::inside(const ap_directive_t* section, Scope scope) const {
  if (is_named(section, "<VirtualHost")) return {.host = section};
  const auto kind = kind_of_section(section);
  auto path = plain_path(section, pool_);
  if (!path.empty()) return {scope.host, kind, std::move(path), scope.is_certain};
  const bool has_pattern = kind == SectionKind::Directory || kind == SectionKind::Location ||
                           kind == SectionKind::DirectoryMatch;
  if (has_pattern) scope = {.host = scope.host};
  scope.is_certain = false;
  return scope;
}

const ConfigLine* ConfigLines::in_force(const char* name, const Scope& scope) const {
  const ConfigLine* found = nullptr;
  for (const auto& line : lines_) {
    if (!is_named(line.directive, name) || !contains(line.scope, scope)) continue;
    if (!found || precedence(line.scope) >= precedence(found->scope)) found = &line;
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

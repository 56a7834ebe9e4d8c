#include "httpd/tree/section.h"

#include <apr_fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>

namespace certmap {
namespace {

struct Known {
  const char* name;
  SectionKind kind;
  bool is_regex;
};
constexpr Known kSections[] = {
    {"<Directory", SectionKind::Directory, false},
    {"<DirectoryMatch", SectionKind::DirectoryMatch, true},
    {"<Files", SectionKind::Files, false},
    {"<FilesMatch", SectionKind::Files, true},
    {"<Location", SectionKind::Location, false},
    {"<LocationMatch", SectionKind::Location, true},
    {"<Proxy", SectionKind::Location, false},
    {"<ProxyMatch", SectionKind::Location, true},
    {"<CertMapRule", SectionKind::Elsewhere, false},
    {"<AuthnProviderAlias", SectionKind::Elsewhere, false},
    {"<AuthzProviderAlias", SectionKind::Elsewhere, false},
    {"<MDomainSet", SectionKind::Elsewhere, false},
    {"<Macro", SectionKind::Elsewhere, false},
    {"<SSLPolicyDefine", SectionKind::Elsewhere, false},
};

const Known* known(const ap_directive_t* section) {
  const auto* found = std::ranges::find_if(kSections, [&](const Known& each) {
    return ap_cstr_casecmp(each.name, section->directive) == 0;
  });
  return found == std::end(kSections) ? nullptr : found;
}

struct Pattern {
  const char* text;
  bool is_regex;
};

Pattern pattern_of(const ap_directive_t* section, apr_pool_t* pool) {
  const char* end = ap_strrchr_c(section->args, '>');
  const char* args =
      end ? apr_pstrmemdup(pool, section->args, static_cast<apr_size_t>(end - section->args))
          : section->args;
  const auto* kind = known(section);
  const char* word = ap_getword_conf(pool, &args);
  if (std::strcmp(word, "~") == 0) return {ap_getword_conf(pool, &args), true};
  return {word, kind && kind->is_regex};
}

/// False: it stands for itself.
bool is_wild(const Pattern& pattern) { return pattern.is_regex || ap_is_matchexp(pattern.text); }

/// Of one that is_wild(); `flags` are apr_fnmatch()'s.
bool matches(const Pattern& pattern, const char* text, int flags, apr_pool_t* pool) {
  if (!pattern.is_regex) return apr_fnmatch(pattern.text, text, flags) == APR_SUCCESS;
  const auto* regex = ap_pregcomp(pool, pattern.text, AP_REG_EXTENDED);
  return regex && ap_regexec(regex, text, 0, nullptr, 0) == 0;
}

bool holds_for_uri(const Pattern& pattern, const request_rec* r) {
  if (is_wild(pattern)) return matches(pattern, r->uri, APR_FNM_PATHNAME, r->pool);
  // httpd takes "/a/" for what is below it, not for "/a" itself.
  const auto length = std::strlen(pattern.text);
  return std::strncmp(pattern.text, r->uri, length) == 0 &&
         (length == 0 || pattern.text[length - 1] == '/' || r->uri[length] == '\0' ||
          r->uri[length] == '/');
}

bool holds_for_folder(const Pattern& pattern, const request_rec* r) {
  if (!r->filename || r->filename[0] != '/') return false;
  if (!is_wild(pattern)) return is_at_or_below(pattern.text, r->filename);
  const std::string file = r->filename;
  for (auto end = file.find('/'); end != std::string::npos; end = file.find('/', end + 1)) {
    const auto folder = file.substr(0, end == 0 || pattern.is_regex ? end + 1 : end);
    if (matches(pattern, folder.c_str(), APR_FNM_PATHNAME, r->pool)) return true;
  }
  return false;
}

bool holds_for_file(const Pattern& pattern, const request_rec* r) {
  const char* slash = r->filename ? ap_strrchr_c(r->filename, '/') : nullptr;
  if (!slash) return false;
  const char* name = slash + 1;
  if (is_wild(pattern)) return matches(pattern, name, 0, r->pool);
  return std::strcmp(pattern.text, name) == 0;
}

/// <Proxy "*">, and <Proxy> with the beginning of a URL.
bool holds_for_proxy(const Pattern& pattern, const request_rec* r) {
  constexpr std::size_t kPrefix = sizeof("proxy:") - 1;
  if (!r->proxyreq || !r->filename || std::strncmp(r->filename, "proxy:", kPrefix) != 0)
    return false;
  const char* url = r->filename + kPrefix;
  if (is_wild(pattern)) return matches(pattern, url, 0, r->pool);
  return std::strncmp(pattern.text, url, std::strlen(pattern.text)) == 0;
}

}  // namespace

SectionKind kind_of_section(const ap_directive_t* section) {
  const auto* found = known(section);
  return found ? found->kind : SectionKind::Transparent;
}

std::string plain_path(const ap_directive_t* section, apr_pool_t* pool) {
  const auto* kind = known(section);
  if (!kind || (kind->kind != SectionKind::Location && kind->kind != SectionKind::Directory))
    return {};
  const auto pattern = pattern_of(section, pool);
  return is_wild(pattern) || pattern.text[0] != '/' ? "" : pattern.text;
}

bool section_holds(const ap_directive_t* section, SectionKind kind, const request_rec* r) {
  const auto pattern = pattern_of(section, r->pool);
  if (ap_cstr_casecmpn(section->directive, "<Proxy", 6) == 0) return holds_for_proxy(pattern, r);
  switch (kind) {
    case SectionKind::Directory:
    case SectionKind::DirectoryMatch:
      return holds_for_folder(pattern, r);
    case SectionKind::Files:
      return holds_for_file(pattern, r);
    case SectionKind::Location:
      return holds_for_uri(pattern, r);
    case SectionKind::Transparent:
      return true;
    case SectionKind::Elsewhere:
      return false;
  }
  return false;
}

bool is_at_or_below(std::string path, const char* text) {
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  if (std::strncmp(path.c_str(), text, path.size()) != 0) return false;
  const char next = text[path.size()];
  return path == "/" || next == '\0' || next == '/';
}

int depth_of(const ap_directive_t* section, apr_pool_t* pool) {
  const std::string path = pattern_of(section, pool).text;
  const auto slashes = std::count(path.begin(), path.end(), '/');
  return path == "/" ? 0 : static_cast<int>(slashes) - (path.ends_with('/') ? 1 : 0);
}

}  // namespace certmap

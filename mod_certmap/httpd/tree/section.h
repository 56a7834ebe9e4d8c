// <Location>, <Directory>, ... as httpd matches them (server/request.c).
#pragma once

#include <string>

#include "httpd/base/apache.h"

namespace certmap {

/// In the order in which httpd merges them.
enum class SectionKind {
  Transparent,  ///< what is in it holds where it stands: <RequireAny>, <Limit>, ...
  Directory,
  DirectoryMatch,
  Files,
  Location,
  Elsewhere,  ///< it is not about this request: <CertMapRule>, <AuthzProviderAlias>, ...
};

SectionKind kind_of_section(const ap_directive_t* section);
/// True where the section holds for `r`, of which uri and filename are known.
bool section_holds(const ap_directive_t* section, SectionKind kind, const request_rec* r);
/// The path of a <Location> or <Directory> that has one; empty where it has a pattern or is about a
/// URL.
std::string plain_path(const ap_directive_t* section, apr_pool_t* pool);
/// `path` is `text` or one of the folders that it is below.
bool is_at_or_below(std::string path, const char* text);
/// The depth of a <Directory>; deeper ones overrule.
int depth_of(const ap_directive_t* section, apr_pool_t* pool);

}  // namespace certmap

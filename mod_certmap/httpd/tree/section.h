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
/// `r`: a request of which uri and filename are known.
bool section_holds(const ap_directive_t* section, SectionKind kind, const request_rec* r);
/// Of a <Location> or <Directory> with one path; empty where it has a pattern or is about a URL.
std::string plain_path(const ap_directive_t* section, apr_pool_t* pool);
/// `path` is `text` or one of the folders that it is below.
bool is_at_or_below(std::string path, const char* text);
/// Of a <Directory>: deeper ones overrule.
int depth_of(const ap_directive_t* section, apr_pool_t* pool);

}  // namespace certmap

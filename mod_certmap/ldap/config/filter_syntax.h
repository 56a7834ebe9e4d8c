// The structure of search filters (RFC 4515).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certmap {

/// One comparison of a filter.
struct FilterItem {
  std::string attribute;  ///< its type, without options; empty in an extensible match without one
  std::string value;      ///< as it stands in the filter
};

/// Stands in assertion values for what will be substituted.
inline constexpr char kSubstituted = '\x01';

/// The comparisons of a filter in parentheses. Throws ConfigError for anything that RFC 4515 does
/// not know, and for kSubstituted outside an assertion value. Blanks may stand between filters, as
/// libldap allows.
std::vector<FilterItem> parse_filter(std::string_view filter);

/// True for an attribute type (RFC 4512 section 2.5): a name, or an OID in dotted decimal.
bool is_attribute_type(std::string_view text);
/// The same with options: `userCertificate;binary`.
bool is_attribute_description(std::string_view text);

}  // namespace certmap

// APR's arrays and tables, for loops.
#pragma once

#include <cstddef>
#include <span>

#include "httpd/base/apache.h"

namespace certmap {

/// Views an array whose elements are Ts, for as long as it is not changed; null has none.
template <typename T>
std::span<const T> elements_of(const apr_array_header_t* array) {
  if (!array) return {};
  return {reinterpret_cast<const T*>(array->elts), static_cast<std::size_t>(array->nelts)};
}

/// Views the entries of a table in the same way.
inline std::span<const apr_table_entry_t> entries_of(const apr_table_t* table) {
  return elements_of<apr_table_entry_t>(apr_table_elts(table));
}

}  // namespace certmap

// httpd's headers as C++ can read them, the module's identity for logging, and APR's arrays, tables
// and texts as C++ takes them.
#pragma once

#include <ap_config.h>
#ifndef AP_HAVE_DESIGNATED_INITIALIZER
#define AP_HAVE_DESIGNATED_INITIALIZER \
  1  // httpd's typed directive table; C++20 can, httpd looks for C99
#endif
#include <httpd.h>
//
#include <apr_optional.h>
#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>

#include <cstddef>
#include <span>
#include <string_view>

extern "C" {
extern __attribute__((visibility("default"))) module AP_MODULE_DECLARE_DATA certmap_module;
}
APLOG_USE_MODULE(certmap);

namespace certmap {

/// A view of the same characters, which end with a null character; null is none.
inline std::string_view or_empty(const char* text) { return text ? text : ""; }

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

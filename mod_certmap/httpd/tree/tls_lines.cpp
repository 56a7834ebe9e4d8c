#include "httpd/tree/tls_lines.h"

namespace certmap {

const ap_directive_t* ssl_line(const HeldLines& lines, const char* name) {
  const bool per_place = ap_cstr_casecmpn(name, "SSLVerify", 9) == 0;
  return per_place ? lines.find(name) : lines.find_in_server(name);
}

std::string ssl_value(const HeldLines& lines, const char* name, const char* otherwise) {
  return lines.value(ssl_line(lines, name), otherwise);
}

const char* ssl_path(const HeldLines& lines, const char* name, apr_pool_t* pool) {
  const auto text = ssl_value(lines, name);
  return text.empty() ? nullptr : ap_server_root_relative(pool, text.c_str());
}

}  // namespace certmap

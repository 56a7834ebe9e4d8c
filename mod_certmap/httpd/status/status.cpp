#include "httpd/status/status.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "httpd/page/page.h"
#include "httpd/request/request_state.h"
#include "httpd/status/html.h"
#include "httpd/status/measures.h"

namespace certmap {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kPrometheus = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kOpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The value of a parameter in the query string, as in mod_status; null: it is not there.
const char* parameter(const request_rec* r, std::string_view name) {
  const char* at = r->args;
  while (at && *at) {
    const std::string_view rest(at);
    const auto word = rest.substr(0, rest.find_first_of("&=;"));
    const char* end = at + word.size();
    if (word == name) return *end == '=' ? end + 1 : end;
    at = std::strpbrk(end, "&;");
    if (at) ++at;
  }
  return nullptr;
}

/// As in mod_status: the page asks to be loaded again after so many seconds.
void set_refresh(request_rec* r) {
  const char* seconds = parameter(r, "refresh");
  if (!seconds) return;
  const auto count = std::max(1L, std::min(std::strtol(seconds, nullptr, 10), 86400L));
  apr_table_setn(r->headers_out, "Refresh", apr_psprintf(r->pool, "%ld", count));
}

/// For ?auto: what is text, too.
std::string lines(const Measures& measures) {
  std::string text;
  for (const auto& each : measures.texts) text += name_value_line(each.name, each.of, each.text);
  return text + name_value_lines(measures.metrics);
}

}  // namespace

int status(request_rec* r) {
  // The ErrorDocument of a refusal is exempt from Require, on which this page relies.
  if (is_error_document(r)) return HTTP_FORBIDDEN;
  const auto measures = measure(*server_config(r->server).configuration);
  if (parameter(r, "auto")) return send_page(r, kText, lines(measures));
  const auto type = preferred_type(r, {"text/html", "application/openmetrics-text", "text/plain"});
  if (type == "application/openmetrics-text")
    return send_page(r, kOpenMetrics, expose(measures.metrics, Exposition::OpenMetrics));
  if (type == "text/plain" || parameter(r, "metrics"))
    return send_page(r, kPrometheus, expose(measures.metrics, Exposition::Prometheus));
  set_refresh(r);
  return send_page(r, kHtml, status_html(measures));
}

}  // namespace certmap

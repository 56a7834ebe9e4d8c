#include "httpd/pages.h"

#include <cstring>
#include <string_view>

#include "httpd/base/guarded.h"
#include "httpd/page/page.h"
#include "httpd/status/status.h"
#include "httpd/whoami/render.h"

namespace certmap {
namespace {

// Every request of the server comes by here; the first letter tells most of them.
bool is_ours(const char* handler) {
  return handler && handler[0] == 'c' && std::strncmp(handler, "certmap-", 8) == 0;
}

int whoami(request_rec* r) {
  const auto visit = visit_of(r);
  if (preferred_type(r, {"text/html", "application/json"}) == "application/json")
    return send_page(r, "application/json", json_of(visit));
  return send_page(r, "text/html; charset=utf-8", html_of(visit));
}

}  // namespace

int pages(request_rec* r) {
  if (!is_ours(r->handler)) return DECLINED;
  return guarded(r, [r] {
    const std::string_view name(r->handler);
    return name == "certmap-whoami" ? whoami(r) : name == "certmap-status" ? status(r) : DECLINED;
  });
}

}  // namespace certmap

#include "httpd/whoami/whoami.h"

#include "httpd/page/page.h"
#include "httpd/whoami/render.h"

namespace certmap {

int whoami(request_rec* r) {
  const auto visit = visit_of(r);
  const auto type = preferred_type(r, {"text/html", "application/json"});
  if (type == "application/json") return send_page(r, "application/json", json_of(visit));
  return send_page(r, "text/html; charset=utf-8", html_of(visit));
}

}  // namespace certmap

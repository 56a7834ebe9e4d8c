#include "httpd/base/guarded.h"

namespace certmap {

void log_exception(const request_rec* r, const server_rec* s, const char* what) noexcept {
  if (r)
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "CM0001: request refused after an internal error: %s", what);
  else
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "CM0002: internal error: %s", what);
}

}  // namespace certmap

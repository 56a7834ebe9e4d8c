#include "httpd/base/guarded.h"

#include "httpd/base/messages.h"

namespace certmap {

void log_exception(const request_rec* r, const server_rec* s, const char* what) noexcept {
  if (r)
    ap_log_rerror(APLOG_MARK, message::kRequestFailed.level, 0, r,
                  "%s: request refused after an internal error: %s", message::kRequestFailed.number,
                  what);
  else
    ap_log_error(APLOG_MARK, message::kInternalError.level, 0, s, "%s: internal error: %s",
                 message::kInternalError.number, what);
}

}  // namespace certmap

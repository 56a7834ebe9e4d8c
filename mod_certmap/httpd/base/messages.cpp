#include "httpd/base/messages.h"

namespace certmap {

void report(const server_rec* s, Message message, const std::string& text, apr_status_t status,
            const char* file, int line) {
  ap_log_error(file, line, APLOG_MODULE_INDEX, message.level, status, s, "%s: %s", message.number,
               text.c_str());
}

void report(const request_rec* r, Message message, const std::string& text, apr_status_t status,
            const char* file, int line) {
  ap_log_rerror(file, line, APLOG_MODULE_INDEX, message.level, status, r, "%s: %s", message.number,
                text.c_str());
}

}  // namespace certmap

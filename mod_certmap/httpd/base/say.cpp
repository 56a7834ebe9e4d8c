#include "httpd/base/say.h"

namespace certmap {

// httpd leaves out, by LogLevel, messages of every level but this one.
void say(const server_rec* s, const std::string& text) {
  ap_log_error(APLOG_MARK, APLOG_NOTICE | APLOG_STARTUP, 0, s, "%s", text.c_str());
}

}  // namespace certmap

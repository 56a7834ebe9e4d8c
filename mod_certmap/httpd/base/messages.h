// Every message that this module writes to httpd's error log: its number and level. What a number
// means to administrators is in the table of docs/troubleshooting.md; a test holds the two
// together. Any thread of any process may report.
#pragma once

#include <string>

#include "httpd/base/apache.h"

namespace certmap {

struct Message {
  const char* number;
  int level;  ///< as in <http_log.h>
};

namespace message {

/// When httpd starts, restarts or only tests: without time stamp, also on the terminal of
/// `httpd -t`. httpd leaves out, by LogLevel, messages of every level but notice.
inline constexpr int kStart = APLOG_NOTICE | APLOG_STARTUP;

inline constexpr Message kRequestFailed{"CM0001", APLOG_ERR};
inline constexpr Message kInternalError{"CM0002", APLOG_ERR};
inline constexpr Message kRuleDoesNotApply{"CM0010", APLOG_DEBUG};
inline constexpr Message kMisconfigured{"CM0011", APLOG_ERR};
inline constexpr Message kRefused{"CM0012", APLOG_INFO};
inline constexpr Message kFallback{"CM0013", APLOG_INFO};
inline constexpr Message kNoSuchRule{"CM0020", kStart};
inline constexpr Message kWeakRule{"CM0021", kStart};
inline constexpr Message kMapErrorAtStart{"CM0022", kStart};
inline constexpr Message kMapError{"CM0022", APLOG_ERR};
inline constexpr Message kMapWarningAtStart{"CM0023", kStart};
inline constexpr Message kMapWarning{"CM0023", APLOG_WARNING};
inline constexpr Message kMapHasErrors{"CM0024", kStart};
inline constexpr Message kFakeBasicAuth{"CM0025", kStart};
inline constexpr Message kExpiredCa{"CM0026", kStart};
inline constexpr Message kNoSecondFactor{"CM0027", kStart};
inline constexpr Message kDoubt{"CM0028", kStart};
inline constexpr Message kReloadOff{"CM0030", kStart};
inline constexpr Message kMapRead{"CM0031", APLOG_NOTICE};
inline constexpr Message kMapNotRead{"CM0032", APLOG_ERR};
inline constexpr Message kBeingWritten{"CM0033", APLOG_WARNING};
inline constexpr Message kBadLdapRule{"CM0040", kStart};
inline constexpr Message kUnusedLdapLine{"CM0041", kStart};
inline constexpr Message kDirectoryDown{"CM0042", APLOG_ERR};
inline constexpr Message kDirectoryUp{"CM0043", APLOG_NOTICE};
inline constexpr Message kDirectoryDoubt{"CM0044", APLOG_WARNING};
inline constexpr Message kCacheDown{"CM0045", APLOG_ERR};
inline constexpr Message kCacheUp{"CM0046", APLOG_NOTICE};
inline constexpr Message kCacheSecret{"CM0047", kStart};
inline constexpr Message kNoCacheAtStart{"CM0048", kStart};
inline constexpr Message kNoCache{"CM0048", APLOG_ERR};
inline constexpr Message kCrlErrorAtStart{"CM0050", kStart};
inline constexpr Message kCrlError{"CM0050", APLOG_ERR};
inline constexpr Message kCrlWarningAtStart{"CM0051", kStart};
inline constexpr Message kCrlWarning{"CM0051", APLOG_WARNING};
inline constexpr Message kCrlHasErrors{"CM0052", kStart};
inline constexpr Message kCrlPassedOver{"CM0053", APLOG_INFO};
inline constexpr Message kCrlRead{"CM0054", APLOG_NOTICE};
inline constexpr Message kCrlNotRead{"CM0055", APLOG_ERR};
inline constexpr Message kCrlStaleAtStart{"CM0056", kStart};
inline constexpr Message kCrlStale{"CM0056", APLOG_ERR};
inline constexpr Message kRuleWithoutCrl{"CM0057", kStart};
inline constexpr Message kTwoRevocations{"CM0058", kStart};
inline constexpr Message kBadKeepFolder{"CM0060", kStart};
inline constexpr Message kNotKept{"CM0061", APLOG_ERR};
inline constexpr Message kEventLost{"CM0101", APLOG_ERR};
inline constexpr Message kNoAuditLog{"CM0102", kStart};

}  // namespace message

/// Writes "CMnnnn: text". httpd puts what it knows of a `status` before it.
void report(const server_rec* s, Message message, const std::string& text,
            apr_status_t status = APR_SUCCESS, const char* file = __builtin_FILE(),
            int line = __builtin_LINE());
/// The same about a request, with its client.
void report(const request_rec* r, Message message, const std::string& text,
            apr_status_t status = APR_SUCCESS, const char* file = __builtin_FILE(),
            int line = __builtin_LINE());

}  // namespace certmap

// What certmapctl explain asks: `-D CERTMAP_EXPLAIN=` and base64url of a JSON object.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/certificate/certificate.h"
#include "httpd/base/apache.h"

namespace certmap {

struct ExplainQuery {
  Certificate certificate;
  std::vector<std::shared_ptr<X509>> others;  ///< which the client would send along
  std::string vhost;                          ///< empty: the one that is meant
  std::string location;                       ///< URL path
};

/// The define's text, where httpd was started with one.
std::optional<std::string> find_explain_query();
/// Throws ConfigError.
ExplainQuery read_explain_query(apr_pool_t* pool, const std::string& text);

}  // namespace certmap

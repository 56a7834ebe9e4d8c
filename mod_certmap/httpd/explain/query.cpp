#include "httpd/explain/query.h"

#include <apr_base64.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/error.h"
#include "httpd/base/apache.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDefine = "CERTMAP_EXPLAIN=";

std::string decode(apr_pool_t* pool, std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  while (text.size() % 4) text += '=';
  auto* octets = static_cast<char*>(
      apr_palloc(pool, static_cast<apr_size_t>(apr_base64_decode_len(text.c_str())) + 1));
  const int length = apr_base64_decode(octets, text.c_str());
  return {octets, static_cast<std::size_t>(std::max(length, 0))};
}

}  // namespace

ExplainQuery read_explain_query(apr_pool_t* pool, const std::string& text) {
  const auto json = Json::parse(decode(pool, text), nullptr, false);
  const auto field = [&](const char* name) {
    return json.is_object() ? json.value(name, Json()) : Json();
  };
  for (const char* name : {"certificate", "vhost", "location"})
    if (!field(name).is_string())
      throw ConfigError("CERTMAP_EXPLAIN holds no query; it is made by certmapctl explain");
  auto certificate = read_certificate(decode(pool, field("certificate").get<std::string>()));
  if (!certificate) throw ConfigError("the query's certificate cannot be read");
  std::vector<std::shared_ptr<X509>> others;
  for (const auto& each : field("others"))
    if (auto other = each.is_string() ? read_certificate(decode(pool, each.get<std::string>()))
                                      : std::nullopt)
      others.push_back(other->x509);
  return {std::move(*certificate), std::move(others), field("vhost").get<std::string>(),
          field("location").get<std::string>()};
}

std::optional<std::string> find_explain_query() {
  for (int i = 0; i < ap_server_config_defines->nelts; ++i) {
    const std::string_view define =
        reinterpret_cast<const char* const*>(ap_server_config_defines->elts)[i];
    if (define.starts_with(kDefine)) return std::string(define.substr(kDefine.size()));
  }
  return std::nullopt;
}

}  // namespace certmap

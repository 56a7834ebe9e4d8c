#include "core/explain/protocol.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "core/certificate/openssl_der.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "core/text/json.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDefine = "CERTMAP_EXPLAIN=";
constexpr std::string_view kMarker = "certmap-explain-2 ";

std::string text_of(X509* x509) { return base64(encode(i2d_X509, x509)); }

/// RFC 4648 section 5, without padding.
std::string base64url(std::string_view octets) {
  auto text = base64(octets);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace

std::string from_base64url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.erase(text.find_last_not_of('=') + 1);
  const auto missing = (4 - text.size() % 4) % 4;
  if (missing == 3) return {};
  text.append(missing, '=');
  std::string octets(text.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  octets.resize(length < 0 ? 0 : static_cast<std::size_t>(length) - missing);
  return octets;
}

VhostName read_vhost(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return {text, std::nullopt};
  const char* end = text.data() + text.size();
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end) return {text, std::nullopt};
  return {text.substr(0, colon), port};
}

std::string define_of(const ExplainQuery& query) {
  auto others = Json::array();
  for (const auto& each : query.others) others.push_back(text_of(each.get()));
  const Json json{{"certificate", text_of(query.certificate.x509.get())},
                  {"others", others},
                  {"vhost", query.place.vhost},
                  {"location", query.place.location},
                  {"method", query.place.method}};
  return std::string(kDefine) + base64url(ascii_line(json));
}

std::optional<std::string_view> query_in(std::string_view define) {
  if (!define.starts_with(kDefine)) return std::nullopt;
  return define.substr(kDefine.size());
}

ExplainQuery read_explain_query(std::string_view text) {
  const auto json = parse_json(from_base64url(std::string(text)));
  const auto field = [&](const char* name) {
    return json.is_object() ? json.value(name, Json()) : Json();
  };
  for (const char* name : {"certificate", "vhost", "location", "method"})
    if (!field(name).is_string())
      throw ConfigError("CERTMAP_EXPLAIN holds no query; it is made by certmapctl explain");
  auto certificate = read_certificate(from_base64url(field("certificate").get<std::string>()));
  if (!certificate) throw ConfigError("the query's certificate cannot be read");
  ExplainQuery query{std::move(*certificate),
                     {},
                     {field("vhost").get<std::string>(), field("location").get<std::string>(),
                      field("method").get<std::string>()}};
  for (const auto& each : field("others"))
    if (auto other = each.is_string() ? read_certificate(from_base64url(each.get<std::string>()))
                                      : std::nullopt)
      query.others.push_back(other->x509);
  return query;
}

std::string answer_line(std::string_view answer) { return std::string(kMarker).append(answer); }

std::optional<std::string> answer_in(const std::string& output) {
  for (auto line : split(output, '\n')) {
    if (!line.starts_with(kMarker)) continue;
    line.remove_prefix(kMarker.size());
    if (parse_json(line).is_object()) return std::string(line);
    break;
  }
  return std::nullopt;
}

}  // namespace certmap

#include "httpd/page.h"

#include <openssl/evp.h>
#include <unictype.h>
#include <unistr.h>

#include <array>
#include <charconv>
#include <cstdio>

#include "core/openssl_der.h"
#include "httpd/page_style.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

bool is_invisible(ucs4_t character) {
  return uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
                                                         UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

/// As the audit log writes it, so that one can be found in the other.
std::string code_of(ucs4_t character) {
  std::array<char, 16> text{};
  if (character < 0x10000) {
    std::snprintf(text.data(), text.size(), "\\u%04x", character);
  } else {
    const unsigned high = 0xD800 + ((character - 0x10000) >> 10);
    const unsigned low = 0xDC00 + ((character - 0x10000) & 0x3FF);
    std::snprintf(text.data(), text.size(), "\\u%04x\\u%04x", high, low);
  }
  return text.data();
}

/// Calls `put(character, bytes)` for each; what is not UTF-8 comes as U+FFFD.
template <typename Put>
void for_each_character(std::string_view text, Put put) {
  while (!text.empty()) {
    ucs4_t character = 0;
    const auto length =
        u8_mbtouc(&character, reinterpret_cast<const uint8_t*>(text.data()), text.size());
    const auto bytes = text.substr(0, length);
    text.remove_prefix(length);
    put(character, character == 0xFFFD ? std::string_view("\xEF\xBF\xBD") : bytes);
  }
}

std::string_view entity_for(ucs4_t character) {
  switch (character) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

std::string base64(std::string_view octets) {
  std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
  text.resize(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                              reinterpret_cast<const unsigned char*>(octets.data()),
                              static_cast<int>(octets.size())));
  return text;
}

std::string content_security_policy() {
  return "default-src 'none'; style-src 'sha256-" + base64(digest_of(EVP_sha256(), kPageStyle)) +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

/// One element of the Accept header.
struct Range {
  std::string_view type;
  double quality = 1;
};

double quality_of(std::string_view text) {
  double quality = 1;
  std::from_chars(text.data(), text.data() + text.size(), quality);
  return quality >= 0 && quality <= 1 ? quality : 1;
}

Range next_range(apr_pool_t* pool, const char*& header) {
  Range range{ap_get_token(pool, &header, 0)};
  while (*header == ';') {
    ++header;
    const std::string_view parameter = ap_get_token(pool, &header, 1);
    if (parameter.starts_with("q=") || parameter.starts_with("Q="))
      range.quality = quality_of(parameter.substr(2));
  }
  // What is neither is not a header that RFC 9110 knows; the rest of it is passed over.
  while (*header != '\0' && *header != ',') ++header;
  if (*header == ',') ++header;
  return range;
}

/// How well a range fits a type: exactly, by its first half, as "*/*", not at all.
int fit(std::string_view range, std::string_view type) {
  const auto is = [&](std::string_view other) {
    return range.size() == other.size() &&
           ap_cstr_casecmpn(range.data(), other.data(), other.size()) == 0;
  };
  if (is(type)) return 3;
  if (is(std::string(type.substr(0, type.find('/'))) + "/*")) return 2;
  return range == "*/*" ? 1 : 0;
}

/// RFC 9110 section 12.5.1: the most specific range that fits says how much a type is liked.
double liking(const request_rec* r, const char* accept, std::string_view type) {
  int best = 0;
  double quality = 0;
  while (*accept != '\0') {
    const auto range = next_range(r->pool, accept);
    const int fits = fit(range.type, type);
    if (fits > best) quality = range.quality;
    if (fits > best) best = fits;
  }
  return quality;
}

void set_headers(request_rec* r, const char* content_type) {
  ap_set_content_type(r, apr_pstrdup(r->pool, content_type));
  auto* headers = r->headers_out;
  apr_table_set(headers, "Content-Security-Policy", content_security_policy().c_str());
  apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
  apr_table_setn(headers, "Referrer-Policy", "no-referrer");
  apr_table_mergen(headers, "Vary", "Accept");
  // A mapped request has "private" there; mod_cache may be told to keep even what is not to be
  // stored, but not what its own variable forbids.
  apr_table_mergen(r->err_headers_out, "Cache-Control", "no-store");
  apr_table_setn(r->subprocess_env, "no-cache", "1");
  r->no_cache = 1;
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for_each_character(text, [&](ucs4_t character, std::string_view bytes) {
    if (const auto entity = entity_for(character); !entity.empty())
      out += entity;
    else if (is_invisible(character))
      out += code_of(character);
    else
      out += bytes;
  });
  return out;
}

std::string html_page(std::string_view title, std::string_view body) {
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
  page.append(html_escape(title)).append("</title>\n<style>").append(kPageStyle);
  page.append("</style>\n</head>\n<body>\n<main>\n").append(body);
  return page.append("</main>\n</body>\n</html>\n");
}

std::string json_page(const Json& json) {
  std::string out;
  const auto text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  for_each_character(text, [&](ucs4_t character, std::string_view bytes) {
    // The only control character outside the strings, where dump() writes "\n".
    if (character != '\n' && is_invisible(character))
      out += code_of(character);
    else
      out += bytes;
  });
  return out += '\n';
}

std::string_view preferred_type(const request_rec* r,
                                std::initializer_list<std::string_view> types) {
  const char* accept = apr_table_get(r->headers_in, "Accept");
  std::string_view preferred = *types.begin();
  if (!accept) return preferred;
  double best = 0;
  for (const auto type : types) {
    const double quality = liking(r, accept, type);
    if (quality <= best) continue;
    best = quality;
    preferred = type;
  }
  return preferred;
}

int send_page(request_rec* r, const char* content_type, const std::string& body) {
  if (const int status = ap_discard_request_body(r); status != OK) return status;
  r->allowed |= AP_METHOD_BIT << M_GET;
  if (r->method_number != M_GET) return HTTP_METHOD_NOT_ALLOWED;
  set_headers(r, content_type);
  ap_set_content_length(r, static_cast<apr_off_t>(body.size()));
  ap_rwrite(body.data(), static_cast<int>(body.size()), r);
  return OK;
}

}  // namespace certmap

#include "httpd/page/page.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "core/certificate/openssl_der.h"
#include "core/text/encodings.h"
#include "core/text/visible.h"
#include "httpd/page/page_style.h"
#include "httpd/request/environment.h"

namespace certmap {
namespace {

constexpr std::pair<char, std::string_view> kEntities[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

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
  // mod_cache may be told to keep even what is not to be stored.
  apr_table_mergen(r->err_headers_out, "Cache-Control", "no-store");
  keep_out_of_caches(r);
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    const auto entity = std::ranges::find(kEntities, c, &std::pair<char, std::string_view>::first);
    entity == std::end(kEntities) ? out += c : out += entity->second;
  }
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

std::string html_section(std::string_view heading, std::string_view content) {
  std::string html = "<section aria-label=\"";
  html.append(heading).append("\">\n<h2>").append(heading).append("</h2>\n");
  return html.append(content).append("</section>\n");
}

std::string html_fact(std::string_view name, std::string_view value) {
  std::string html = "<div><dt>";
  return html.append(name).append("</dt><dd>").append(value).append("</dd></div>\n");
}

std::string html_facts(std::string_view facts) {
  return std::string("<dl class=\"facts\">\n").append(facts).append("</dl>\n");
}

std::string html_strong(std::string_view style, std::string_view word) {
  std::string html = "<strong class=\"";
  return html.append(style).append("\">").append(word).append("</strong>");
}

std::string html_time(std::string_view utc) {
  const auto at = utc.find('T');
  if (at == utc.npos) return html_escape(utc);
  std::string html = "<time datetime=\"";
  html.append(html_escape(utc)).append("\">").append(html_escape(utc.substr(0, at)));
  return html.append(" ").append(html_escape(utc.substr(at + 1, 8))).append(" UTC</time>");
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
  ap_allow_methods(r, MERGE_ALLOW, "GET", nullptr);
  if (r->method_number != M_GET) return HTTP_METHOD_NOT_ALLOWED;
  set_headers(r, content_type);
  ap_set_content_length(r, static_cast<apr_off_t>(body.size()));
  ap_rwrite(body.data(), static_cast<int>(body.size()), r);
  return OK;
}

}  // namespace certmap

// What the pages of this module have in common: escaping, headers, what the client likes best.
// Any thread may call these functions, which keep nothing.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "httpd/base/apache.h"

namespace certmap {

/// Escapes text for HTML and for its quoted attribute values; bytes that are not UTF-8, and
/// control, format and line-separator characters, become visible.
std::string html_escape(std::string_view text);

/// A whole HTML document in the modules' common look: light and dark, wide and narrow, no script.
/// `title` is text; `body` is HTML that begins with the page's <h1>. Style by
/// httpd/page/page_style.h.
std::string html_page(std::string_view title, std::string_view body);

/// What a body is made of; whatever is handed over is HTML. `heading` has no elements in it.
std::string html_section(std::string_view heading, std::string_view content);
/// One of those that html_facts() shows side by side.
std::string html_fact(std::string_view name, std::string_view value);
std::string html_facts(std::string_view facts);
/// A word that says how it is. `style`: "good", "warn" or "bad".
std::string html_strong(std::string_view style, std::string_view word);
/// RFC 3339 for people: "2026-12-21 15:04:46 UTC". `utc` is text.
std::string html_time(std::string_view utc);

/// The first of `types` (media types without parameters) that the Accept header likes as much as
/// any other; the first of all where there is no header.
std::string_view preferred_type(const request_rec* r,
                                std::initializer_list<std::string_view> types);

/// Sends `body` in answer to GET and HEAD, and returns the handler's answer. No cache keeps it, no
/// script or foreign resource runs in it.
int send_page(request_rec* r, const char* content_type, const std::string& body);

}  // namespace certmap

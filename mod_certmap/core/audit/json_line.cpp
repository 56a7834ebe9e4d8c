#include "core/audit/json_line.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "core/certificate/account.h"
#include "core/text/json.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

bool needs_no_escape(std::string_view text) {
  return is_plain_ascii(text) && text.find('"') == text.npos && text.find('\\') == text.npos;
}

/// Whole pieces are copied; few texts have anything to escape.
void append_plain(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t next; (next = std::min(text.find('"'), text.find('\\'))) != text.npos;) {
    ((out += text.substr(0, next)) += '\\') += text[next];
    text.remove_prefix(next + 1);
  }
  (out += text) += '"';
}

}  // namespace

// Most texts are printable ASCII; the library writes the others. Invisible characters stand only
// inside of a string.
void append_json(std::string& out, std::string_view text) {
  if (is_plain_ascii(text)) return append_plain(out, text);
  out += escape_invisible(json_string(text));
}

char* JsonLine::open(std::size_t length) {
  const auto most = size_ + open_ + std::string_view(",").size() + JsonName::kLongest + length;
  if (most > line_.size()) line_.resize(2 * most);
  char* at = line_.data() + size_;
  for (; open_ > shared_; --open_) *at++ = '}';
  *at++ = size_ == 0 ? '{' : ',';
  const auto opening = name_->opening(shared_);
  std::memcpy(at, opening.data(), JsonName::kLongest);  // of a constant length: no call
  open_ = shared_ = name_->objects();
  return at + opening.size();
}

void JsonLine::text(std::string_view text) {
  if (needs_no_escape(text)) return plain(text);
  std::string escaped;
  append_json(escaped, text);
  json(escaped);
}

}  // namespace certmap

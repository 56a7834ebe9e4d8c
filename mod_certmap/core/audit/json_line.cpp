#include "core/audit/json_line.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/text/visible.h"

namespace certmap {
namespace {

constexpr auto kNeedsNoEscape = [](char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
};

/// How many octets of their beginnings name the same objects.
std::size_t shared_objects(std::string_view one, std::string_view other) {
  std::size_t shared = 0;
  for (std::size_t i = 0; i < std::min(one.size(), other.size()) && one[i] == other[i]; ++i)
    if (one[i] == '.') shared = i + 1;
  return shared;
}

std::size_t depth(std::string_view name) {
  return static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
}

}  // namespace

// Most texts need no escaping; the library does it for the others. Invisible characters stand only
// inside of a string.
void append_json(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), kNeedsNoEscape)) {
    ((out += '"') += text) += '"';
    return;
  }
  using Json = nlohmann::ordered_json;
  out += escape_invisible(
      Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace));
}

void JsonLine::append_opening(std::string& out) const {
  const auto shared = shared_objects(last_, name_);
  out.append(depth(last_.substr(shared)), '}');
  out += last_.empty() ? '{' : ',';
  for (auto rest = name_.substr(shared);;) {
    const auto dot = rest.find('.');
    (out += '"') += rest.substr(0, dot);
    if (dot == std::string_view::npos) break;
    out += "\":{";
    rest.remove_prefix(dot + 1);
  }
  out += "\":";
}

std::size_t JsonLine::length_with(std::size_t length) const {
  std::string opening;
  append_opening(opening);
  return line_.size() + opening.size() + length + depth(name_) + std::string_view("}\n").size();
}

std::string JsonLine::take() {
  line_.append(depth(last_) + 1, '}');
  line_ += '\n';
  return std::move(line_);
}

}  // namespace certmap

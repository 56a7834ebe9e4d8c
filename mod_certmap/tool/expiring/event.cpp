#include "tool/expiring/event.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace certmap {
namespace {

using Json = nlohmann::json;
using Part = EventPart;

constexpr std::size_t number_of(Part part) { return static_cast<std::size_t>(part); }

struct Place {
  Part parent;
  std::string_view name;  ///< empty: found by no name
};

/// By EventPart.
constexpr Place kPlaces[] = {
    {Part::Unknown, ""},
    {Part::Unknown, ""},
    {Part::Event, "@timestamp"},
    {Part::Event, "ecs"},
    {Part::Ecs, "version"},
    {Part::Event, "event"},
    {Part::What, "action"},
    {Part::What, "outcome"},
    {Part::What, "reason"},
    {Part::Event, "user"},
    {Part::User, "name"},
    {Part::Event, "tls"},
    {Part::Tls, "client"},
    {Part::Client, "hash"},
    {Part::Hash, "sha256"},
    {Part::Client, "x509"},
    {Part::X509, "not_after"},
    {Part::X509, "serial_number"},
    {Part::X509, "subject"},
    {Part::Subject, "distinguished_name"},
    {Part::X509, "issuer"},
    {Part::Issuer, "distinguished_name"},
    {Part::Event, "certmap"},
    {Part::Certmap, "truncated"},
    {Part::Certmap, "san"},
    {Part::Names, ""},
    {Part::Names, ""},
    {Part::AltName, "type"},
    {Part::AltName, "value"},
    {Part::Event, "url"},
    {Part::Url, "domain"},
    {Part::Url, "path"},
    {Part::Event, "service"},
    {Part::Service, "name"},
    {Part::Event, "http"},
    {Part::Http, "request"},
    {Part::HttpRequest, "method"},
};
static_assert(std::size(kPlaces) == number_of(Part::End));

constexpr Part child_of(Part parent, std::string_view name) {
  if (parent == Part::Unknown || name.empty()) return Part::Unknown;
  for (auto i = number_of(parent) + 1; i < std::size(kPlaces); ++i)
    if (kPlaces[i].parent == parent && kPlaces[i].name == name) return static_cast<Part>(i);
  return Part::Unknown;
}

constexpr bool is_in(Part part, Part whole) {
  while (part != whole && part != Part::Unknown) part = kPlaces[number_of(part)].parent;
  return part == whole;
}

}  // namespace

/// Knows at which part of the event the parser is.
class EventReader::Walk : public nlohmann::json_sax<Json> {
 public:
  explicit Walk(EventReader& reader) : texts_(reader.texts_) {}

  bool null() override { return other(); }
  bool boolean(bool value) override {
    if (begin() == Part::Truncated && value) texts_[number_of(Part::Truncated)].emplace("true");
    return true;
  }
  bool number_integer(std::int64_t) override { return other(); }
  bool number_unsigned(std::uint64_t) override { return other(); }
  bool number_float(double, const std::string&) override { return other(); }
  bool binary(Json::binary_t&) override { return other(); }
  bool string(std::string& value) override {
    const auto part = begin();
    if (part != Part::Unknown && part != Part::Truncated)
      texts_[number_of(part)].emplace(std::move(value));
    return true;
  }

  bool key(std::string& name) override {
    next_ = child_of(open_.back().part, name);
    return true;
  }
  bool start_object(std::size_t) override {
    open_.push_back({begin(), false});
    return true;
  }
  bool start_array(std::size_t) override {
    const auto part = begin();
    open_.push_back({part == Part::Names ? part : Part::Unknown, true});
    return true;
  }
  bool end_object() override {
    if (open_.back().part == Part::AltName) end_alt_name();
    return end_array();
  }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }

 private:
  struct Open {
    Part part;
    bool is_array;
  };

  /// A value begins. One that stood at its place before counts no more.
  Part begin() {
    auto part = std::exchange(next_, Part::Unknown);
    if (open_.empty()) part = Part::Event;
    if (!open_.empty() && open_.back().is_array)
      part = open_.back().part == Part::Names ? Part::AltName : Part::Unknown;
    if (part == Part::Unknown) return part;
    for (auto i = number_of(part); i < texts_.size() && is_in(static_cast<Part>(i), part); ++i)
      texts_[i].reset();
    return part;
  }

  bool other() {
    begin();
    return true;
  }

  void end_alt_name() {
    auto& email = texts_[number_of(Part::Email)];
    if (!email && texts_[number_of(Part::AltNameType)] == "email")
      email = texts_[number_of(Part::AltNameValue)].value_or("");
  }

  decltype(EventReader::texts_)& texts_;
  std::vector<Open> open_;
  Part next_ = Part::Unknown;
};

bool EventReader::read(std::string_view line) {
  for (auto& text : texts_) text.reset();
  Walk walk(*this);
  return Json::sax_parse(line.begin(), line.end(), &walk);
}

std::string_view EventReader::text(EventPart part) const {
  const auto& text = texts_[number_of(part)];
  return text ? std::string_view(*text) : std::string_view();
}

}  // namespace certmap

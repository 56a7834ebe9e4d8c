// What a line of an audit log says, looked up in the library's tree of it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "tool/expiring/event.h"

namespace certmap {

inline std::string text_at(const nlohmann::json& tree, const char* pointer) {
  const nlohmann::json::json_pointer path(pointer);
  if (!tree.contains(path)) return {};
  const auto& value = tree.at(path);
  return value.is_string() ? value.get<std::string>() : std::string();
}

inline std::string first_email(const nlohmann::json& tree) {
  const nlohmann::json::json_pointer names("/certmap/san");
  if (!tree.contains(names) || !tree.at(names).is_array()) return {};
  for (const auto& name : tree.at(names))
    if (text_at(name, "/type") == "email") return text_at(name, "/value");
  return {};
}

/// The pointer of the first part that `reader` reads otherwise; empty: none.
inline std::string difference(const EventReader& reader, const nlohmann::json& tree) {
  constexpr std::pair<EventPart, const char*> kTexts[] = {
      {EventPart::Time, "/@timestamp"},
      {EventPart::Version, "/ecs/version"},
      {EventPart::Action, "/event/action"},
      {EventPart::Outcome, "/event/outcome"},
      {EventPart::Reason, "/event/reason"},
      {EventPart::Account, "/user/name"},
      {EventPart::Sha256, "/tls/client/hash/sha256"},
      {EventPart::NotAfter, "/tls/client/x509/not_after"},
      {EventPart::Serial, "/tls/client/x509/serial_number"},
      {EventPart::SubjectText, "/tls/client/x509/subject/distinguished_name"},
      {EventPart::IssuerText, "/tls/client/x509/issuer/distinguished_name"},
      {EventPart::UrlDomain, "/url/domain"},
      {EventPart::UrlPath, "/url/path"},
      {EventPart::ServiceName, "/service/name"},
      {EventPart::Method, "/http/request/method"}};
  for (const auto& [part, pointer] : kTexts)
    if (reader.text(part) != text_at(tree, pointer)) return pointer;
  if (reader.text(EventPart::Email) != first_email(tree)) return "/certmap/san";
  const nlohmann::json::json_pointer truncated("/certmap/truncated");
  const bool is_cut = tree.contains(truncated) && tree.at(truncated) == true;
  return reader.text(EventPart::Truncated).empty() == is_cut ? "/certmap/truncated" : "";
}

}  // namespace certmap

// The fields of an audit event (docs/audit.md).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/audit/event.h"
#include "core/audit/json_line.h"

namespace certmap {

/// All that an event tells of; what is empty is left out.
struct EventFacts {
  const EventSource& source;
  std::string_view category, type;  ///< one that ECS expects in this category
  std::string_view action;
  bool success = false;
  std::string_view reason;
  const EventRequest& request;
  const Decision& decision;
  const Certificate* certificate;
  const CertificateText* certificate_text = nullptr;  ///< null with `certificate`
  std::string_view path, server, message;
  const RequestOutcome* in_force = nullptr;  ///< of a trial, as the next one
  const Decision* tried = nullptr;
  std::string_view key;     ///< of the decision, not too long
  std::string rules_tried;  ///< as JSON
  bool truncated = false;   ///< something was left out or cut
};

struct EventField {
  JsonName name;
  /// Gives the line the value, or none.
  void (*write)(JsonLine&, EventFacts&);
  /// An outsider can make it long. Everything else is bounded by its nature.
  bool is_long = false;
  std::size_t shared = 0;  ///< objects that it has in common with the field before it
};

/// In the order in which they stand in the line.
std::span<const EventField> event_fields();

/// Names of rules or groups, as JSON: of a thousand, each event would else spend most of its line
/// on them. `truncated` is set where it is not the whole list.
std::string names_json(std::span<const std::string> names, bool& truncated);

/// The list's beginning for which there is room. `truncated` is set as above.
std::string alt_names_json(std::span<const SubjectAltName> names, std::size_t room,
                           bool& truncated);

}  // namespace certmap

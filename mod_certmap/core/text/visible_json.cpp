#include "core/text/visible_json.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/text/visible.h"

namespace certmap {

std::string visible_json(const nlohmann::ordered_json& json) {
  std::istringstream lines(
      json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  std::string out;
  for (std::string line; std::getline(lines, line);) out += escape_invisible(line) + '\n';
  return out;
}

}  // namespace certmap

// An explanation for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace certmap {

/// `answer` is that of httpd/explain/explain.h. The first line is the answer; no control, format or
/// line-separator character of the certificate gets through.
std::string explanation_text(const nlohmann::ordered_json& answer);

}  // namespace certmap

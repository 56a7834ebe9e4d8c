// A JSON object under construction, in which what is empty is left out.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace certmap {

/// Owns what it is given, and keeps the order in which fields are added.
class JsonFields {
 public:
  using Json = nlohmann::ordered_json;

  /// Reserves `expected` fields: a json object grows by copying.
  explicit JsonFields(std::size_t expected) { object_.reserve(expected); }

  JsonFields& text(const char* name, std::string_view value) {
    if (!value.empty()) object_.emplace_back(name, std::string(value));
    return *this;
  }
  JsonFields& value(const char* name, Json value) {
    object_.emplace_back(name, std::move(value));
    return *this;
  }
  template <typename T>
  JsonFields& value(const char* name, const std::optional<T>& value) {
    if (value) object_.emplace_back(name, *value);
    return *this;
  }
  JsonFields& list(const char* name, Json::array_t list) {
    if (!list.empty()) object_.emplace_back(name, std::move(list));
    return *this;
  }
  JsonFields& fields(const char* name, JsonFields fields) {
    if (!fields.object_.empty()) object_.emplace_back(name, std::move(fields.object_));
    return *this;
  }

  /// Takes the fields away.
  Json take() { return std::move(object_); }

 private:
  Json::object_t object_;
};

}  // namespace certmap

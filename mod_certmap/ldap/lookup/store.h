// Where the entries of a shared cache really lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace certmap {

/// What a store said; `failed` is why it did not, empty where it works.
struct StoreAnswer {
  std::optional<std::string> data;
  std::string failed;
};

/// Called by several threads at once; a call may block for any time.
class Store {
 public:
  virtual ~Store() = default;
  virtual StoreAnswer get(const std::string& id) = 0;
  virtual StoreAnswer put(const std::string& id, const std::string& data, std::int64_t seconds) = 0;
};

}  // namespace certmap

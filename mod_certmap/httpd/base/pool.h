// C++ objects with the lifetime of an APR pool.
#pragma once

#include <utility>

#include "httpd/base/apache.h"

namespace certmap {

/// Makes a T that is destroyed when the pool is cleared. Throws what its constructor throws.
template <typename T, typename... Args>
T* make_in_pool(apr_pool_t* pool, Args&&... args) {
  auto* object = new T{std::forward<Args>(args)...};
  apr_pool_cleanup_register(
      pool, object,
      [](void* p) noexcept -> apr_status_t {
        delete static_cast<T*>(p);
        return APR_SUCCESS;
      },
      apr_pool_cleanup_null);
  return object;
}

}  // namespace certmap

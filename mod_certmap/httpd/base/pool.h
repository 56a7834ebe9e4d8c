// C++ objects with the lifetime of an APR pool.
#pragma once

#include <new>
#include <utility>

#include "httpd/base/apache.h"

namespace certmap {

/// Makes a T in the pool's memory that is destroyed when the pool is cleared. Throws what its
/// constructor throws.
template <typename T, typename... Args>
T* make_in_pool(apr_pool_t* pool, Args&&... args) {
  static_assert(alignof(T) <= APR_ALIGN_DEFAULT(1), "a pool gives memory of this alignment");
  auto* object = new (apr_palloc(pool, sizeof(T))) T{std::forward<Args>(args)...};
  apr_pool_cleanup_register(
      pool, object,
      [](void* p) noexcept -> apr_status_t {
        static_cast<T*>(p)->~T();
        return APR_SUCCESS;
      },
      apr_pool_cleanup_null);
  return object;
}

}  // namespace certmap

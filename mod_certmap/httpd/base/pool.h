// C++ objects with the lifetime of an APR pool, and pools with that of an object.
#pragma once

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "httpd/base/apache.h"

namespace certmap {

/// Hands the object to `work`, which captures nothing, when the pool is cleared.
template <typename T, typename Work>
void at_end_of(apr_pool_t* pool, T* object, Work /*work*/) {
  apr_pool_cleanup_register(
      pool, object,
      [](void* p) noexcept -> apr_status_t {
        Work()(*static_cast<T*>(p));
        return APR_SUCCESS;
      },
      apr_pool_cleanup_null);
}

/// Makes a T in the pool's memory that is destroyed when the pool is cleared; plain data costs no
/// more than that memory. Throws what its constructor throws.
template <typename T, typename... Args>
T* make_in_pool(apr_pool_t* pool, Args&&... args) {
  static_assert(alignof(T) <= APR_ALIGN_DEFAULT(1), "a pool gives memory of this alignment");
  auto* object = new (apr_palloc(pool, sizeof(T))) T{std::forward<Args>(args)...};
  if constexpr (!std::is_trivially_destructible_v<T>)
    at_end_of(pool, object, [](T& each) { each.~T(); });
  return object;
}

struct PoolRelease {
  void operator()(apr_pool_t* pool) const { apr_pool_destroy(pool); }
};
/// Owns a pool.
using OwnPool = std::unique_ptr<apr_pool_t, PoolRelease>;
/// One below `parent`; without that it is for the process that reads the configuration.
inline OwnPool make_pool(apr_pool_t* parent = nullptr) {
  apr_pool_t* pool = nullptr;
  if (apr_pool_create(&pool, parent) != APR_SUCCESS) throw std::bad_alloc();
  return OwnPool(pool);
}

}  // namespace certmap

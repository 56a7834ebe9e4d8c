#include "httpd/config/shared_store.h"

#include <apr_allocator.h>
#include <apr_thread_mutex.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <optional>

#include "httpd/base/pool.h"

namespace certmap {

std::string error_text(apr_status_t status) {
  char text[128];
  return apr_strerror(status, text, sizeof(text));
}

namespace {

/// Larger lookups are not shared. mod_socache_dbm takes 950 octets with the id.
constexpr std::size_t kLargest = 32768;
constexpr std::size_t kLargestInDbm = 900;

/// Providers allocate as they like, and must not do so from a pool that lives long.
OwnPool make_scratch_pool() {
  apr_pool_t* pool = nullptr;
  if (apr_pool_create_unmanaged_ex(&pool, nullptr, nullptr) != APR_SUCCESS) throw std::bad_alloc();
  return OwnPool(pool);
}

class Locked {
 public:
  explicit Locked(apr_global_mutex_t* mutex)
      : mutex_(mutex), status_(mutex ? apr_global_mutex_lock(mutex) : APR_SUCCESS) {}
  ~Locked() {
    if (mutex_ && status_ == APR_SUCCESS) apr_global_mutex_unlock(mutex_);
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  apr_status_t status() const { return status_; }

 private:
  apr_global_mutex_t* mutex_;
  apr_status_t status_;
};

StoreAnswer failed(apr_status_t status) {
  return {.data = std::nullopt, .failed = error_text(status)};
}

bool is_dbm(const CacheLines& lines) { return std::strcmp(lines.provider->name, "dbm") == 0; }

const unsigned char* octets_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

StoreAnswer SocacheStore::get(const std::string& id) {
  const auto pool = make_scratch_pool();
  const Locked locked(cache_.mutex);
  if (locked.status() != APR_SUCCESS) return failed(locked.status());
  const auto data = std::make_unique_for_overwrite<unsigned char[]>(kLargest);
  auto length = static_cast<unsigned int>(kLargest);
  const auto status = lines_.provider->retrieve(lines_.instance, server_, octets_of(id),
                                                static_cast<unsigned int>(id.size()), data.get(),
                                                &length, pool.get());
  // The last two: something larger than we ever put there. mod_socache_dbm has no better word for
  // what is not there.
  if (status == APR_NOTFOUND || status == APR_ENOSPC || status == APR_ENOMEM) return {};
  if (status == APR_EGENERAL && is_dbm(lines_)) return {};
  if (status != APR_SUCCESS) return failed(status);
  return {.data = std::string(reinterpret_cast<const char*>(data.get()), length), .failed = {}};
}

StoreAnswer SocacheStore::put(const std::string& id, const std::string& data,
                              std::int64_t seconds) {
  if (data.size() > (is_dbm(lines_) ? kLargestInDbm : kLargest)) return {};
  const auto pool = make_scratch_pool();
  const Locked locked(cache_.mutex);
  if (locked.status() != APR_SUCCESS) return failed(locked.status());
  std::string copy = data;
  // One more, because providers round down, and take nothing that lives for 0 s.
  const auto expiry = apr_time_now() + apr_time_from_sec(seconds + 1);
  const auto status = lines_.provider->store(lines_.instance, server_, octets_of(id),
                                             static_cast<unsigned int>(id.size()), expiry,
                                             reinterpret_cast<unsigned char*>(copy.data()),
                                             static_cast<unsigned int>(copy.size()), pool.get());
  // shmcb: too large for it
  if (status == APR_SUCCESS || status == APR_ENOSPC) return {};
  return failed(status);
}

namespace {

struct Made {
  const CacheLines* lines;
  server_rec* server;
  pid_t owner;
};

/// Providers loaded after this module are unloaded before the configuration is destroyed.
template <void (*kEnd)(const Made&)>
void end_with(apr_pool_t* pconf, const CacheLines& lines, server_rec* s) {
  auto* made = make_in_pool<Made>(pconf, &lines, s, getpid());
  apr_pool_pre_cleanup_register(pconf, made, [](void* data) noexcept -> apr_status_t {
    const auto& ended = *static_cast<const Made*>(data);
    if (getpid() == ended.owner) kEnd(ended);
    return APR_SUCCESS;
  });
}

void end_pool(const Made& made) { apr_pool_destroy(made.lines->pool); }

void end_instance(const Made& made) {
  made.lines->provider->destroy(made.lines->instance, made.server);
}

}  // namespace

apr_pool_t* make_store_pool(const CacheLines& lines, apr_pool_t* pconf, server_rec* s) {
  apr_allocator_t* allocator = nullptr;
  apr_pool_t* pool = nullptr;
  apr_thread_mutex_t* mutex = nullptr;
  if (apr_allocator_create(&allocator) != APR_SUCCESS) throw std::bad_alloc();
  // apr_dbm keeps what all its users need in the topmost parent of the first pool that it sees.
  const auto made_pool = is_dbm(lines) ? apr_pool_create_ex(&pool, pconf, nullptr, allocator)
                                       : apr_pool_create_unmanaged_ex(&pool, nullptr, allocator);
  if (made_pool != APR_SUCCESS) throw std::bad_alloc();
  apr_allocator_owner_set(allocator, pool);
  if (apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS)
    throw std::bad_alloc();
  apr_allocator_mutex_set(allocator, mutex);
  end_with<end_pool>(pconf, lines, s);
  return pool;
}

void end_instance_with(apr_pool_t* pconf, const CacheLines& lines, server_rec* s) {
  end_with<end_instance>(pconf, lines, s);
}

}  // namespace certmap

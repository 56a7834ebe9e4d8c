#include "httpd/config/map_store.h"

#include <unistd.h>

namespace certmap {
namespace {

struct KeptMap {
  KeptMap* next;
  const char* path;
  int memfd;
  bool used;
};

/// Outlives configurations and even this module's code: plain C data in httpd's process pool.
struct Kept {
  KeptMap* maps;
  bool started;
};

Kept& kept() {
  constexpr const char* kKey = "certmap-kept-1";
  void* data = ap_retained_data_get(kKey);
  return *static_cast<Kept*>(data ? data : ap_retained_data_create(kKey, sizeof(Kept)));
}

KeptMap& kept_map(const std::string& path) {
  for (auto* map = kept().maps; map; map = map->next)
    if (path == map->path) return *map;
  auto* map = static_cast<KeptMap*>(apr_pcalloc(ap_pglobal, sizeof(KeptMap)));
  *map = {kept().maps, apr_pstrdup(ap_pglobal, path.c_str()), -1, false};
  kept().maps = map;
  return *map;
}

}  // namespace

/// Where children have had the memory, it is no longer trusted.
std::shared_ptr<MapFile> open_map_file(const std::string& path) {
  auto& kept = kept_map(path);
  auto file = kept.memfd >= 0 && is_restart()
                  ? MapFile::open_anew(path, geteuid(), kept.memfd)
                  : std::make_shared<MapFile>(path, geteuid(), kept.memfd);
  kept.memfd = file->memfd();
  kept.used = true;
  return file;
}

void close_unused_maps() {
  for (auto* map = kept().maps; map; map = map->next) {
    if (!map->used && map->memfd >= 0) {
      close(map->memfd);
      map->memfd = -1;
    }
    map->used = false;
  }
}

bool is_restart() { return kept().started; }
void mark_started() { kept().started = true; }

}  // namespace certmap

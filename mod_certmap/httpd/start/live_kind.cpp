#include "httpd/start/live_kind.h"

#include "core/crl/crl_files.h"

namespace certmap {

const LiveKind& kind_of(const LiveFile& file) {
  static constexpr LiveKind kMap{"map file",
                                 message::kMapErrorAtStart,
                                 message::kMapWarningAtStart,
                                 message::kMapHasErrors,
                                 message::kMapError,
                                 message::kMapWarning,
                                 message::kMapRead,
                                 message::kMapNotRead,
                                 "map_reload",
                                 "map_reload_failed",
                                 "file",
                                 "; lookups in it answer backend_unavailable",
                                 true};
  static constexpr LiveKind kCrl{"CRL file",
                                 message::kCrlErrorAtStart,
                                 message::kCrlWarningAtStart,
                                 message::kCrlHasErrors,
                                 message::kCrlError,
                                 message::kCrlWarning,
                                 message::kCrlRead,
                                 message::kCrlNotRead,
                                 "crl_reload",
                                 "crl_reload_failed",
                                 "crl",
                                 "; whom its rule would map is refused as revocation_unknown",
                                 false};
  return dynamic_cast<const CrlFiles*>(&file) ? kCrl : kMap;
}

}  // namespace certmap

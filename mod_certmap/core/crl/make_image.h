// The image of a CRL on its way into a pack.
#pragma once

#include "core/crl/crl.h"
#include "core/crl/facts.h"
#include "core/live/page_buffer.h"

namespace certmap {

/// As the other make_crl_image(), but in two steps: the CRL is not needed for the second, which
/// needs as much memory again as the entries have. `image` is empty, and gives its memory back to
/// the system. Throws std::system_error where memory cannot be had.
void take_crl_entries(const Crl& crl, const CrlSigner& signer, PageBuffer& image);
void sort_crl_entries(PageBuffer& image);

}  // namespace certmap

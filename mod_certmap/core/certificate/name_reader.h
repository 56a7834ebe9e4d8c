// Names of certificates, from OpenSSL's form.
#pragma once

#include <openssl/x509.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/certificate/name.h"

namespace certmap {

/// The first thing that is wrong with a certificate, as a sentence.
using Refusal = std::optional<std::string>;

/// Keeps what was wrong first: "the OWNER's FIELD COMPLAINT".
void refuse(Refusal& refusal, std::string_view owner, std::string_view field,
            std::string_view complaint);

/// `owner` is what the sentence calls the name: "subject".
Name read_name(const X509_NAME* name, std::string_view owner, Refusal& refusal);

}  // namespace certmap

#include "core/rule/issuer.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <new>
#include <system_error>
#include <utility>

#include "core/certificate/file_kind.h"
#include "core/certificate/openssl_handle.h"
#include "core/text/error.h"

namespace certmap {

std::size_t SignatureMemo::slot_of(const std::string& sha256, std::uint32_t set) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, sha256.data(), sizeof bits);
  return (bits ^ (set * 2654435761U)) % kSlots;
}

std::optional<int> SignatureMemo::find(const std::string& sha256, std::uint32_t set) const {
  const std::lock_guard lock(mutex_);
  if (slots_.empty()) return std::nullopt;
  const auto& slot = slots_[slot_of(sha256, set)];
  if (slot.set != set || std::memcmp(slot.sha256.data(), sha256.data(), slot.sha256.size()) != 0)
    return std::nullopt;
  return slot.ca;
}

void SignatureMemo::remember(const std::string& sha256, std::uint32_t set, int ca) {
  const std::lock_guard lock(mutex_);
  if (slots_.empty()) slots_.resize(kSlots);
  auto& slot = slots_[slot_of(sha256, set)];
  std::memcpy(slot.sha256.data(), sha256.data(), slot.sha256.size());
  slot.set = set;
  slot.ca = ca;
}

IssuerSet::IssuerSet(const std::vector<std::string>& files, std::uint32_t id,
                     std::shared_ptr<SignatureMemo> memo)
    : id_(id), memo_(std::move(memo)) {
  for (const auto& file : files) {
    files_ += (files_.empty() ? "" : " ") + file;
    read_file(file);
  }
}

namespace {

/// Whether the CA's key made the signature, whatever else keeps the certificate from being valid.
bool made_with(X509* ca, X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(ca);
  const bool made = key && X509_verify(certificate, key) == 1;
  ERR_clear_error();
  return made;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void IssuerSet::read_file(const std::string& path) {
  std::error_code error_code;
  if (std::filesystem::exists(path, error_code) && !std::filesystem::is_regular_file(path))
    throw ConfigError(path + ": is no regular file; name a file with PEM CA certificates");
  const OpenSslHandle<BIO> file(BIO_new_file(path.c_str(), "r"));
  if (!file) {
    const std::string error = std::strerror(errno);
    ERR_clear_error();
    throw ConfigError(path + ": cannot be read: " + error +
                      "; name a file with PEM CA certificates");
  }
  int count = 0;
  while (X509* x509 = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr))
    add({x509, X509_free}, path, ++count);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end)
    throw ConfigError(path + ": certificate " + std::to_string(count + 1) +
                      " is damaged; it must be a PEM certificate");
  if (count == 0)
    throw ConfigError(path + ": " + what_it_is_instead(content_of(path)) +
                      "; name a file with PEM CA certificates");
}

void IssuerSet::add(std::shared_ptr<X509> x509, const std::string& path, int number) {
  auto facts = read_certificate(x509);
  if (X509_check_ca(x509.get()) != 1)
    throw ConfigError(path + ": certificate " + std::to_string(number) + " (" +
                      to_text(facts.subject, NameStyle::Rfc4514) +
                      ") is no CA certificate (basicConstraints CA:TRUE, and keyCertSign where "
                      "there is a keyUsage); list the CAs that issue the certificates");
  cas_.push_back({facts, std::move(x509)});
}

std::string IssuerSet::expired(std::int64_t now) const {
  for (const auto& ca : cas_)
    if (ca.has_ended(now)) return to_text(read_certificate(ca.x509).subject, NameStyle::Rfc4514);
  return {};
}

std::vector<X509*> IssuerSet::roots() const {
  std::vector<X509*> found;
  for (const auto& ca : cas_)
    if ((X509_get_extension_flags(ca.x509.get()) & EXFLAG_SS) != 0) found.push_back(ca.x509.get());
  return found;
}

std::vector<X509*> IssuerSet::cas() const {
  std::vector<X509*> found;
  for (const auto& ca : cas_) found.push_back(ca.x509.get());
  return found;
}

const std::vector<CrlCa>& IssuerSet::crl_cas() const {
  std::call_once(crl_cas_found_, [this] { crl_cas_ = certmap::crl_cas(cas()); });
  return crl_cas_;
}

std::optional<std::size_t> IssuerSet::signer(const Certificate& certificate,
                                             std::int64_t now) const {
  const auto named = candidates(certificate);
  if (named.empty()) return std::nullopt;
  if (const int found = signer_of(certificate, named, now); found >= 0)
    return static_cast<std::size_t>(found);
  const auto signer = std::ranges::find_if(named, [&](int i) {
    return made_with(cas_[static_cast<std::size_t>(i)].x509.get(), certificate.x509.get());
  });
  return signer == named.end() ? std::nullopt : std::optional(static_cast<std::size_t>(*signer));
}

std::vector<int> IssuerSet::candidates(const Certificate& certificate) const {
  const X509_NAME* issuer = X509_get_issuer_name(certificate.x509.get());
  std::vector<int> found;
  for (std::size_t i = 0; i < cas_.size(); ++i)
    if (X509_NAME_cmp(X509_get_subject_name(cas_[i].x509.get()), issuer) == 0)
      found.push_back(static_cast<int>(i));
  return found;
}

bool IssuerSet::signed_by(const Certificate& certificate, const Ca& ca) const {
  const OpenSslHandle<X509_STORE> store(X509_STORE_new());
  const OpenSslHandle<X509_STORE_CTX> context(X509_STORE_CTX_new());
  const OpenSslHandle<STACK_OF(X509)> anchors(sk_X509_new_null());
  if (!store || !context || !anchors || sk_X509_push(anchors.get(), ca.x509.get()) == 0 ||
      X509_STORE_CTX_init(context.get(), store.get(), certificate.x509.get(), nullptr) != 1)
    throw std::bad_alloc();
  X509_STORE_CTX_set0_trusted_stack(context.get(), anchors.get());
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return verified;
}

/// Another certificate of the same name and key may set other limits.
bool IssuerSet::is_verified_issuer(const Certificate& certificate, const Ca& ca) const {
  return certificate.verified_issuer &&
         X509_cmp(certificate.verified_issuer.get(), ca.x509.get()) == 0;
}

int IssuerSet::signer_of(const Certificate& certificate, std::vector<int> candidates,
                         std::int64_t now) const {
  const auto current = [&](int i) { return cas_[static_cast<std::size_t>(i)].holds(now); };
  const auto known = memo_->find(certificate.sha256.octets(), id_);
  if (known && (*known < 0 || current(*known))) return *known;
  const auto in_handshake = [&](int i) {
    return is_verified_issuer(certificate, cas_[static_cast<std::size_t>(i)]);
  };
  // Those that hold now come first, and of them the one that needs no verification.
  std::ranges::stable_sort(candidates, std::ranges::greater(),
                           [&](int i) { return current(i) ? 1 + int{in_handshake(i)} : 0; });
  const auto signer = std::ranges::find_if(candidates, [&](int i) {
    return in_handshake(i) || signed_by(certificate, cas_[static_cast<std::size_t>(i)]);
  });
  const int found = signer == candidates.end() ? -1 : *signer;
  memo_->remember(certificate.sha256.octets(), id_, found);
  return found;
}

IssuerVerdict IssuerSet::verify(const Certificate& certificate, std::int64_t now) const {
  const auto named = candidates(certificate);
  if (named.empty())
    return {.issuer_missing = true,
            .why_not = "its issuer " + to_text(certificate.issuer, NameStyle::Rfc4514) +
                       " is not in " + files_ +
                       "; if that is an intermediate CA, add its certificate to the file"};
  const int signer = signer_of(certificate, named, now);
  if (signer < 0)
    return {.why_not = "a CA of the issuer's name is in " + files_ +
                       ", but its key did not sign this certificate"};
  const auto& ca = cas_[static_cast<std::size_t>(signer)];
  if (!ca.has_begun(now))
    return {.why_not = "the CA's certificate in " + files_ + " is not valid yet",
            .valid_until = ca.not_before,
            .ca = ca.x509.get()};
  if (ca.has_ended(now))
    return {.why_not = "the CA's certificate in " + files_ + " has expired", .ca = ca.x509.get()};
  return {.issued = true,
          .valid_until = ca.end(),
          .ca = ca.x509.get(),
          .signer = static_cast<std::size_t>(signer)};
}

}  // namespace certmap

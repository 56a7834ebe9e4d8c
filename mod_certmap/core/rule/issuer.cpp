#include "core/rule/issuer.h"

#include <openssl/err.h>
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
#include "core/certificate/openssl_der.h"
#include "core/certificate/pem.h"
#include "core/text/error.h"
#include "core/text/joined.h"

namespace certmap {

std::size_t SignatureMemo::slot_of(const std::string& sha256, std::uint32_t set) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, sha256.data(), sizeof bits);
  return (bits ^ (set * 2654435761U)) % kSlots;
}

std::optional<Signer> SignatureMemo::find(const std::string& sha256, std::uint32_t set) const {
  const std::lock_guard lock(mutex_);
  if (slots_.empty()) return std::nullopt;
  const auto& slot = slots_[slot_of(sha256, set)];
  if (slot.set != set || std::memcmp(slot.sha256.data(), sha256.data(), slot.sha256.size()) != 0)
    return std::nullopt;
  return slot.signer;
}

void SignatureMemo::remember(const std::string& sha256, std::uint32_t set, Signer signer) {
  const std::lock_guard lock(mutex_);
  if (slots_.empty()) slots_.resize(kSlots);
  auto& slot = slots_[slot_of(sha256, set)];
  std::memcpy(slot.sha256.data(), sha256.data(), slot.sha256.size());
  slot.set = set;
  slot.signer = signer;
}

IssuerSet::IssuerSet(const std::vector<std::string>& files, std::uint32_t id,
                     std::shared_ptr<SignatureMemo> memo)
    : files_(joined(files, {}, " ")), id_(id), memo_(std::move(memo)) {
  for (const auto& file : files) read_file(file);
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
  std::error_code error_code;
  if (std::filesystem::exists(path, error_code) && !std::filesystem::is_regular_file(path))
    throw ConfigError(path + ": is no regular file; name a file with PEM CA certificates");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw ConfigError(path + ": cannot be read: " + std::strerror(errno) +
                      "; name a file with PEM CA certificates");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// X509_V_OK, or why not.
int verify_path(X509* ca, X509* certificate) {
  const OpenSslHandle<X509_STORE> store(X509_STORE_new());
  const OpenSslHandle<X509_STORE_CTX> context(X509_STORE_CTX_new());
  const OpenSslHandle<STACK_OF(X509)> anchors(sk_X509_new_null());
  if (!store || !context || !anchors || sk_X509_push(anchors.get(), ca) == 0)
    throw std::bad_alloc();
  // The signature tells who issued what, whatever key identifiers say.
  X509_STORE_set_check_issued(store.get(), [](X509_STORE_CTX*, X509* x509, X509* issuer) {
    if (x509 == issuer) return int{X509_check_issued(x509, x509) == X509_V_OK};
    return int{X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(x509)) == 0};
  });
  if (X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr) != 1)
    throw std::bad_alloc();
  X509_STORE_CTX_set0_trusted_stack(context.get(), anchors.get());
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  const bool is_valid = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return is_valid ? X509_V_OK : X509_STORE_CTX_get_error(context.get());
}

}  // namespace

void IssuerSet::read_file(const std::string& path) {
  const auto content = content_of(path);
  const auto ders = read_pem_certificates(content, path);
  for (std::size_t i = 0; i < ders.size(); ++i) {
    std::shared_ptr<X509> x509 = decode<X509>(ders[i], d2i_X509, X509_free);
    if (!x509)
      throw ConfigError(path + ": certificate " + std::to_string(i + 1) +
                        " is damaged; it must be a PEM certificate");
    add(std::move(x509), path, static_cast<int>(i) + 1);
  }
  if (ders.empty())
    throw ConfigError(path + ": " + what_it_is_instead(content) +
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
  return named.empty() ? std::nullopt : signer_of(certificate, named, now).ca;
}

std::vector<std::uint32_t> IssuerSet::candidates(const Certificate& certificate) const {
  const X509_NAME* issuer = X509_get_issuer_name(certificate.x509.get());
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < cas_.size(); ++i)
    if (X509_NAME_cmp(X509_get_subject_name(cas_[i].x509.get()), issuer) == 0) found.push_back(i);
  return found;
}

/// Another certificate of the same name and key may set other limits.
bool IssuerSet::is_verified_issuer(const Certificate& certificate, const Ca& ca) const {
  return certificate.verified_issuer &&
         X509_cmp(certificate.verified_issuer.get(), ca.x509.get()) == 0;
}

/// One that makes it valid comes before others whose key signed it, too.
Signer IssuerSet::find_signer(const Certificate& certificate,
                              const std::vector<std::uint32_t>& candidates) const {
  Signer found;
  for (const auto i : candidates) {
    const auto& ca = cas_[i];
    const int error = is_verified_issuer(certificate, ca)
                          ? X509_V_OK
                          : verify_path(ca.x509.get(), certificate.x509.get());
    if (error == X509_V_OK) return {i, error};
    if (!found.ca && error != X509_V_ERR_CERT_SIGNATURE_FAILURE &&
        made_with(ca.x509.get(), certificate.x509.get()))
      found = {i, error};
  }
  return found;
}

Signer IssuerSet::signer_of(const Certificate& certificate, std::vector<std::uint32_t> candidates,
                            std::int64_t now) const {
  const auto current = [&](std::uint32_t i) { return cas_[i].holds(now); };
  if (const auto known = memo_->find(certificate.sha256.octets(), id_);
      known && (!known->ca || known->error != X509_V_OK || current(*known->ca)))
    return *known;
  // Those that hold now come first, and of them the one that needs no verification.
  std::ranges::stable_sort(candidates, std::ranges::greater(), [&](std::uint32_t i) {
    return current(i) ? 1 + int{is_verified_issuer(certificate, cas_[i])} : 0;
  });
  const auto found = find_signer(certificate, candidates);
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
  const auto signer = signer_of(certificate, named, now);
  if (!signer.ca)
    return {.why_not = "a CA of the issuer's name is in " + files_ +
                       ", but its key did not sign this certificate"};
  const auto& ca = cas_[*signer.ca];
  IssuerVerdict verdict{.is_signed = true, .ca = ca.x509.get(), .signer = *signer.ca};
  if (signer.error != X509_V_OK) {
    verdict.why_not = "the CA in " + files_ + " signed this certificate, which is not valid: " +
                      X509_verify_cert_error_string(signer.error);
  } else if (!ca.has_begun(now)) {
    verdict.why_not = "the CA's certificate in " + files_ + " is not valid yet";
    verdict.valid_until = ca.not_before;
  } else if (ca.has_ended(now)) {
    verdict.why_not = "the CA's certificate in " + files_ + " has expired";
  } else {
    verdict.issued = true;
    verdict.valid_until = ca.end();
  }
  return verdict;
}

}  // namespace certmap

#include "core/crl/crl.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>

#include <cstddef>
#include <memory>

#include "core/certificate/der.h"
#include "core/certificate/name.h"
#include "core/certificate/name_reader.h"
#include "core/certificate/openssl_der.h"
#include "core/crl/fields.h"
#include "core/text/error.h"

namespace certmap {
namespace {

void take(const Crl& crl, const CrlExtension& extension, CrlEntry& entry) {
  const int number = extension.number();
  if (number == 21) {
    const auto reason = DerReader(extension.value).read_last(V_ASN1_ENUMERATED);
    if (!reason || reason->size() != 1) refuse_crl(crl, "has an entry with a damaged reason");
    entry.reason = static_cast<std::uint8_t>(reason->front());
    if (entry.reason == kRemoveFromCrl && !crl.is_delta())
      refuse_crl(crl, "has an entry removeFromCRL, which only a delta may have");
  } else if (number == 29) {
    refuse_crl(crl, "is indirect: an entry names another issuer");
  } else if (number != 24 && extension.critical) {
    refuse_crl(crl, "has an entry with a critical extension that is not understood: " +
                        oid_to_dotted(extension.oid));
  }
}

CrlEntry entry_of(const Crl& crl, std::string_view content) {
  DerReader fields(content);
  const auto serial = fields.read(V_ASN1_INTEGER);
  const auto time = crl_time(fields.read());
  if (!serial || serial->empty() || !time) refuse_crl(crl, "has a damaged entry");
  CrlEntry entry{.serial = serial_key(*serial), .date = *time};
  if (fields.at_end()) return entry;
  const auto extensions = fields.read_last(V_ASN1_SEQUENCE);
  if (!extensions ||
      !each_extension(*extensions, [&](const CrlExtension& one) { take(crl, one, entry); }))
    refuse_crl(crl, "has a damaged entry");
  return entry;
}

}  // namespace

void read_entries(const Crl& crl, const std::function<void(const CrlEntry&)>& each) {
  DerReader list(crl.entries);
  while (!list.at_end()) {
    const auto content = list.read(V_ASN1_SEQUENCE);
    if (!content) refuse_crl(crl, "has a damaged entry");
    each(entry_of(crl, *content));
  }
}

std::string_view serial_key(std::string_view integer) {
  const auto sign = [](char octet) { return (static_cast<unsigned char>(octet) & 0x80u) != 0; };
  while (integer.size() > 1 &&
         ((integer[0] == '\0' && !sign(integer[1])) || (integer[0] == '\xff' && sign(integer[1]))))
    integer.remove_prefix(1);
  return integer;
}

std::string serial_key(const Certificate& certificate) {
  const auto& serial = certificate.serial;
  const bool positive = !certificate.is_serial_negative;
  const auto integer = positive ? std::string(1, '\0') + serial : serial;
  return std::string(serial_key(integer));
}

bool is_before(std::string_view key, std::string_view other) {
  return key.size() != other.size() ? key.size() < other.size() : key < other;
}

namespace {

constexpr std::string_view kBegin = "-----BEGIN X509 CRL-----";
constexpr std::string_view kEnd = "-----END X509 CRL-----";

// Appends what the base64 stands for; false: it is none.
bool decode_base64(std::string_view base64, std::string& to) {
  const std::unique_ptr<EVP_ENCODE_CTX, void (*)(EVP_ENCODE_CTX*)> context(EVP_ENCODE_CTX_new(),
                                                                           EVP_ENCODE_CTX_free);
  const std::size_t start = to.size();
  to.resize(start + base64.size() / 4 * 3 + 64);
  auto* out = reinterpret_cast<unsigned char*>(to.data()) + start;
  int written = 0;
  int last = 0;
  EVP_DecodeInit(context.get());
  const bool good = EVP_DecodeUpdate(context.get(), out, &written,
                                     reinterpret_cast<const unsigned char*>(base64.data()),
                                     static_cast<int>(base64.size())) >= 0 &&
                    EVP_DecodeFinal(context.get(), out + written, &last) == 1;
  to.resize(start + (good ? static_cast<std::size_t>(written + last) : 0));
  return good;
}

void read_issuer(Crl& crl, std::string_view der) {
  const auto name = decode(der, d2i_X509_NAME, X509_NAME_free);
  if (!name) refuse_crl(crl, "has a damaged issuer");
  Refusal refusal;
  crl.issuer_der = der;
  crl.issuer = read_name(name.get(), "issuer", refusal);
  if (refusal) refuse_crl(crl, "cannot be read: " + *refusal);
}

std::int64_t read_time(const Crl& crl, const std::optional<Tlv>& tlv, const char* what) {
  const auto time = crl_time(tlv);
  if (!time) refuse_crl(crl, std::string("has a bad ") + what);
  return *time;
}

// A value with its tag: from `start`, where the walker was, to the end of its content.
std::string_view whole(const char* start, std::string_view content) {
  return {start, static_cast<std::size_t>(content.data() + content.size() - start)};
}

void read_rest(Crl& crl, DerReader& fields) {
  auto next = fields.read();
  if (!next || !next->is_time())
    refuse_crl(crl, "has no nextUpdate, so nobody could tell when it is stale");
  crl.next_update = read_time(crl, next, "nextUpdate");
  if (crl.next_update < crl.this_update) refuse_crl(crl, "has a nextUpdate before its thisUpdate");
  if (fields.at_end()) return;
  next = fields.read();
  if (next && next->is(V_ASN1_SEQUENCE)) {
    crl.entries = next->content;
    if (fields.at_end()) return;
    next = fields.read();
  }
  const bool tagged = next && next->tag_class == V_ASN1_CONTEXT_SPECIFIC && next->tag == 0;
  const auto extensions = DerReader(tagged ? next->content : "").read_last(V_ASN1_SEQUENCE);
  if (!extensions || !fields.at_end()) refuse_crl(crl, "is damaged");
  read_crl_extensions(crl, *extensions);
}

void read_tbs(Crl& crl, std::string_view content) {
  DerReader fields(content);
  auto next = fields.read();
  if (next && next->is(V_ASN1_INTEGER)) {
    if (next->content != std::string_view("\x01")) refuse_crl(crl, "is of an unknown version");
    content = content.substr(whole(content.data(), next->content).size());
    next = fields.read();
  }
  if (!next || whole(content.data(), next->content) != crl.algorithm)
    refuse_crl(crl, "names two different signature algorithms, or is damaged");
  const char* start = next->content.data() + next->content.size();
  const auto issuer = fields.read(V_ASN1_SEQUENCE);
  if (!issuer) refuse_crl(crl, "has a damaged issuer");
  read_issuer(crl, whole(start, *issuer));
  crl.this_update = read_time(crl, fields.read(), "thisUpdate");
  read_rest(crl, fields);
}

// Nearly all text begins otherwise, and what begins with a zero goes on with another octet: a CRL
// has more than 127.
bool is_der(std::string_view octets) {
  const auto length = octets.size() < 2 ? 0 : static_cast<unsigned char>(octets[1]);
  return octets.starts_with('\x30') && length > 0x80 && length <= 0x88;
}

}  // namespace

std::vector<std::string_view> split_crls(std::string_view octets, const std::string& file,
                                         std::string& storage) {
  if (octets.size() > kMaxCrlOctets)
    throw ConfigError(file + ": is larger than 1 GiB; a CRL must not be");
  if (is_der(octets) || octets.find(kBegin) == std::string_view::npos) return {octets};
  std::vector<std::size_t> ends;
  storage.clear();
  storage.reserve(octets.size() / 4 * 3 + 64);
  for (auto at = octets.find(kBegin); at != std::string_view::npos; at = octets.find(kBegin, at)) {
    at += kBegin.size();
    const auto end = octets.find(kEnd, at);
    if (end == std::string_view::npos || octets.find("-----", at) != end ||
        !decode_base64(octets.substr(at, end - at), storage))
      throw ConfigError(file + ": CRL " + std::to_string(ends.size() + 1) +
                        " is damaged; it must be a whole PEM block");
    ends.push_back(storage.size());
    at = end + kEnd.size();
  }
  const auto last_line = octets.substr(octets.rfind('\n') + 1);
  if (!last_line.empty() && kBegin.starts_with(last_line))
    throw ConfigError(file + ": is cut behind CRL " + std::to_string(ends.size()));
  std::vector<std::string_view> found;
  std::size_t start = 0;
  for (const auto end : ends) {
    found.push_back(std::string_view(storage).substr(start, end - start));
    start = end;
  }
  return found;
}

Crl read_crl(std::string_view der, const std::string& file) {
  Crl crl;
  crl.file = file;
  if (der.size() > kMaxCrlOctets) refuse_crl(crl, "is larger than 1 GiB");
  DerReader file_reader(der);
  const auto outer = file_reader.read(V_ASN1_SEQUENCE);
  if (!outer) refuse_crl(crl, "is cut, or is none; give DER or PEM");
  if (!file_reader.at_end()) refuse_crl(crl, "has octets after its end");
  DerReader fields(*outer);
  const auto tbs = fields.read(V_ASN1_SEQUENCE);
  if (!tbs) refuse_crl(crl, "is damaged");
  crl.tbs = whole(outer->data(), *tbs);
  const auto algorithm = fields.read(V_ASN1_SEQUENCE);
  if (!algorithm) refuse_crl(crl, "is damaged");
  crl.algorithm = whole(tbs->data() + tbs->size(), *algorithm);
  const auto signature = fields.read(V_ASN1_BIT_STRING);
  if (!signature || signature->empty() || signature->front() != '\0' || !fields.at_end())
    refuse_crl(crl, "has a damaged signature");
  crl.signature = signature->substr(1);
  read_tbs(crl, *tbs);
  return crl;
}

}  // namespace certmap

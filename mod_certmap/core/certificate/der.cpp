#include "core/certificate/der.h"

#include <openssl/asn1.h>

#include <cstddef>

#include "core/certificate/openssl_der.h"

namespace certmap {

bool Tlv::is(int universal_tag) const {
  return tag == universal_tag && tag_class == V_ASN1_UNIVERSAL;
}

bool Tlv::is_time() const { return is(V_ASN1_UTCTIME) || is(V_ASN1_GENERALIZEDTIME); }

/// The usual kind: one octet of tag, one of length; OpenSSL reads the others.
std::optional<Tlv> DerReader::read_short() {
  if (rest_.size() < 2) return std::nullopt;
  const auto tag = static_cast<unsigned char>(rest_[0]);
  const auto length = static_cast<unsigned char>(rest_[1]);
  const bool is_short = (tag & V_ASN1_PRIMITIVE_TAG) != V_ASN1_PRIMITIVE_TAG && length < 0x80;
  if (!is_short || length > rest_.size() - 2) return std::nullopt;
  const Tlv tlv{tag & V_ASN1_PRIMITIVE_TAG, tag & V_ASN1_PRIVATE, (tag & V_ASN1_CONSTRUCTED) != 0,
                rest_.substr(2, length)};
  rest_.remove_prefix(2 + length);
  return tlv;
}

std::optional<Tlv> DerReader::read() {
  if (const auto tlv = read_short()) return tlv;
  constexpr int kError = 0x80;
  constexpr int kIndefinite = 0x01;
  const auto* start = reinterpret_cast<const unsigned char*>(rest_.data());
  const auto* at = start;
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const ErrorQueueGuard guard;
  const int answer =
      ASN1_get_object(&at, &length, &tag, &tag_class, static_cast<long>(rest_.size()));
  if (answer & (kError | kIndefinite)) return std::nullopt;
  const Tlv tlv{tag, tag_class, (answer & V_ASN1_CONSTRUCTED) != 0,
                rest_.substr(at - start, length)};
  rest_.remove_prefix(at - start + length);
  return tlv;
}

std::optional<std::string_view> DerReader::read(int tag, int tag_class) {
  const auto tlv = read();
  if (!tlv || tlv->tag != tag || tlv->tag_class != tag_class) return std::nullopt;
  return tlv->content;
}

std::optional<std::string_view> DerReader::read(int tag) { return read(tag, V_ASN1_UNIVERSAL); }

std::optional<std::string_view> DerReader::read_context(int tag) {
  return read(tag, V_ASN1_CONTEXT_SPECIFIC);
}

std::optional<std::string_view> DerReader::read_last(int tag) {
  const auto content = read(tag);
  return at_end() ? content : std::nullopt;
}

std::optional<Tlv> DerReader::read_only() {
  auto tlv = read();
  return at_end() ? tlv : std::nullopt;
}

std::optional<std::string_view> sequence_in(std::string_view der) {
  const auto sequence = DerReader(der).read_only();
  const bool is_one = sequence && sequence->is(V_ASN1_SEQUENCE) && sequence->is_constructed;
  return is_one ? std::optional(sequence->content) : std::nullopt;
}

bool enter_sequence(std::string_view& der) {
  if (der.size() < 2 || der[0] != '\x30') return false;
  const auto length = static_cast<unsigned char>(der[1]);
  const std::size_t header = length < 0x80 ? 2 : 2 + (length & 0x7fU);
  if (header > der.size()) return false;
  der.remove_prefix(header);
  return true;
}

}  // namespace certmap

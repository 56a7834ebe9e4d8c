// A walker over DER (X.690), for the few structures that OpenSSL has no type for.
#pragma once

#include <optional>
#include <string_view>

namespace certmap {

struct Tlv {
  int tag;
  int tag_class;  ///< V_ASN1_UNIVERSAL, …
  bool is_constructed;
  std::string_view content;  ///< points into what is read

  bool is(int universal_tag) const;
  /// True for a Time (RFC 5280 section 4.1).
  bool is_time() const;
};

/// Reads one value after the other out of octets that it does not own. Empty answers: nothing is
/// left, a length goes beyond the end or is indefinite, or the tag is another one.
class DerReader {
 public:
  explicit DerReader(std::string_view der) : rest_(der) {}

  /// The next value, whatever it is.
  std::optional<Tlv> read();
  /// The content of the next value, where it has this tag.
  std::optional<std::string_view> read(int tag);
  std::optional<std::string_view> read_context(int tag);
  /// The same, where nothing follows it.
  std::optional<std::string_view> read_last(int tag);
  /// The next value, where nothing follows it.
  std::optional<Tlv> read_only();

  bool at_end() const { return rest_.empty(); }

 private:
  std::optional<Tlv> read_short();
  std::optional<std::string_view> read(int tag, int tag_class);

  std::string_view rest_;
};

/// The content of a SEQUENCE that nothing follows.
std::optional<std::string_view> sequence_in(std::string_view der);

/// Steps into the SEQUENCE at the start, however long it says that it is: a file may be cut. False
/// where there is none.
bool enter_sequence(std::string_view& der);

}  // namespace certmap

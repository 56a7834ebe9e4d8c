#include "core/certificate/account.h"

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "core/text/visible.h"

namespace certmap {
namespace {

const std::uint8_t* octets(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

bool is_valid_utf8(std::string_view text) { return !u8_check(octets(text), text.size()); }

// The text must be valid UTF-8.
template <typename Predicate>
bool any_character(std::string_view text, Predicate predicate) {
  for (std::size_t at = 0; at < text.size();) {
    ucs4_t character;
    at += u8_mbtouc_unsafe(&character, octets(text) + at, text.size() - at);
    if (predicate(character)) return true;
  }
  return false;
}

bool is_control(ucs4_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

bool has_blank_at_an_end(std::string_view text) {
  ucs4_t first;
  u8_mbtouc_unsafe(&first, octets(text), text.size());
  ucs4_t last;
  u8_prev(&last, octets(text) + text.size(), octets(text));
  return uc_is_property_white_space(first) || uc_is_property_white_space(last);
}

// RFC 4518 section 2.2 maps them to nothing.
bool is_ignorable(ucs4_t c) {
  constexpr ucs4_t kObjectReplacement = 0xfffc;
  return c == kObjectReplacement || uc_is_property_default_ignorable_code_point(c);
}

// As directories fold case: U+0130, the capital I with a dot, would become an i.
bool folds_to_ascii(ucs4_t c) { return c >= 0x80 && uc_tolower(c) < 0x80; }

// A combining mark, or a vowel or final consonant of Hangul: it composes with what stands before
// it.
bool joins_what_is_before(std::string_view text) {
  ucs4_t first;
  u8_mbtouc_unsafe(&first, octets(text), text.size());
  return uc_is_general_category_withtable(first, UC_CATEGORY_MASK_M) ||
         (first >= 0x1160 && first <= 0x11ff);
}

// The text must be valid UTF-8.
bool is_nfkc(std::string_view text) {
  using Octets = std::unique_ptr<std::uint8_t, decltype([](std::uint8_t* o) { std::free(o); })>;
  std::size_t size = 0;
  const Octets normal(u8_normalize(UNINORM_NFKC, octets(text), text.size(), nullptr, &size));
  if (!normal) throw std::bad_alloc();
  return size == text.size() && std::memcmp(normal.get(), text.data(), size) == 0;
}

std::optional<std::string> unsafe_text(std::string_view text) {
  if (!is_valid_utf8(text)) return "is not UTF-8";
  if (any_character(text, is_invisible)) return "holds a control or format character";
  if (has_blank_at_an_end(text)) return "has a blank at an end";
  return std::nullopt;
}

bool is_plain_and_blank_free(std::string_view text) {
  return is_plain_ascii(text) && text.front() != ' ' && text.back() != ' ';
}

// Nonzero where one of eight octets is below 0x20, or above 0x7e.
std::uint64_t strange_octets(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  return (((word - 0x20 * kOnes) & ~word) | (word + kOnes) | word) & (0x80 * kOnes);
}

}  // namespace

bool is_plain_ascii(std::string_view text) {
  std::uint64_t strange = 0;
  for (; text.size() >= sizeof strange; text.remove_prefix(sizeof strange)) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    strange |= strange_octets(word);
  }
  return strange == 0 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_clean_text(std::string_view text) {
  return is_plain_ascii(text) || (is_valid_utf8(text) && !any_character(text, is_control));
}

std::optional<std::string> unsafe_account(std::string_view account) {
  if (account.empty()) return "is empty";
  if (account.size() > kMaxAccountLength) return "is longer than 255 bytes";
  if (is_plain_and_blank_free(account)) return {};
  return unsafe_text(account);
}

std::optional<std::string> unsafe_filter_value(std::string_view text) {
  if (text.empty()) return "is empty";
  if (is_plain_and_blank_free(text)) return {};
  if (auto why = unsafe_text(text)) return why;
  if (any_character(text, is_ignorable)) return "holds a character that directories ignore";
  if (any_character(text, folds_to_ascii))
    return "holds a letter that directories take for another";
  if (joins_what_is_before(text)) return "begins with a combining character";
  if (!is_nfkc(text)) return "is not in Unicode's normal form NFKC";
  return std::nullopt;
}

}  // namespace certmap

// One line with one JSON object, written from its beginning to its end.
#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace certmap {

/// `text` as a string of JSON: bytes that are not UTF-8 become U+FFFD; control, format and
/// line-separator characters are written as \uXXXX.
void append_json(std::string& out, std::string_view text);

/// The name of a field: `event.kind` is `kind` in the object `event`.
class JsonName {
 public:
  /// Octets, with what opens its objects.
  static constexpr std::size_t kLongest = 80;

  constexpr JsonName(const char* dotted) : dotted_(dotted) {
    bool begins = true;
    for (const char c : dotted_) {
      if (begins) starts_[objects_] = size_;
      if (begins) put("\"");
      begins = c == '.';
      put(begins ? "\":{" : std::string_view(&c, 1));
      if (begins) ++objects_;
    }
    put("\":");
    if (size_ > kLongest) throw "the name of a field is too long";
  }

  std::string_view dotted() const { return dotted_; }
  /// In how many objects it stands.
  std::size_t objects() const { return objects_; }
  /// What comes before its value where so many of its objects are open already. From its beginning,
  /// kLongest octets can be read.
  std::string_view opening(std::size_t open) const {
    return {text_ + starts_[open], size_ - starts_[open]};
  }
  /// How many objects two names have in common.
  constexpr std::size_t shared(const JsonName& other) const {
    std::size_t shared = 0;
    for (std::size_t i = 0; i < dotted_.size() && i < other.dotted_.size(); ++i) {
      if (dotted_[i] != other.dotted_[i]) break;
      if (dotted_[i] == '.') ++shared;
    }
    return shared;
  }

 private:
  constexpr void put(std::string_view piece) {
    for (const char c : piece) text_[size_++] = c;
  }

  std::string_view dotted_;
  std::size_t objects_ = 0;
  std::size_t size_ = 0;
  std::size_t starts_[8] = {};  ///< of the names of objects, and of its own, in text_
  char text_[2 * kLongest] = {};
};

/// Fields of one object come one after another. An object without fields is not written.
class JsonLine {
 public:
  explicit JsonLine(std::size_t expected) : line_(expected, '\0') {}

  /// The name of the value that comes next; where none comes, nothing is written. It has `shared`
  /// objects in common with the name before it, and must live as long as this object.
  void name(const JsonName& name, std::size_t shared) {
    name_ = &name;
    shared_ = std::min(shared_, shared);
  }
  /// A string; where it is empty, none.
  void text(std::string_view text);
  /// The same of what needs no escaping: our own words, digits.
  void plain(std::string_view text) {
    if (!text.empty()) write("\"", text, "\"");
  }
  /// A list with one such word.
  void only(std::string_view word) { write("[\"", word, "\"]"); }
  void number(std::integral auto number) {
    char digits[24];
    json({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
  }
  /// These two write none where there is none.
  template <typename Number>
  void number(std::optional<Number> value) {
    if (value) number(*value);
  }
  void boolean(std::optional<bool> value) {
    if (value) json(*value ? "true" : "false");
  }
  /// Any value, as it stands in the line; where it is empty, none.
  void json(std::string_view value) {
    if (!value.empty()) write("", value, "");
  }

  /// How long the line would be with a value of `length` octets, and no other after it.
  std::size_t length_with(std::size_t length) const {
    return size_ + (open_ - shared_) + std::string_view(",").size() +
           name_->opening(shared_).size() + length + name_->objects() +
           std::string_view("}\n").size();
  }
  /// The line with its newline. There must have been a field.
  std::string take() {
    line_.resize(size_);
    return std::move(line_.append(open_ + 1, '}') += '\n');
  }

 private:
  /// Of a constant length but for the value: no call.
  [[gnu::always_inline]] void write(std::string_view before, std::string_view value,
                                    std::string_view after) {
    char* at = open(before.size() + value.size() + after.size());
    std::memcpy(at, before.data(), before.size());
    at += before.size();
    std::memcpy(at, value.data(), value.size());
    at += value.size();
    std::memcpy(at, after.data(), after.size());
    size_ = static_cast<std::size_t>(at + after.size() - line_.data());
  }
  /// Writes what comes before the value. There is room behind that for its `length` octets.
  char* open(std::size_t length);

  std::string line_;      ///< with room behind what is written
  std::size_t size_ = 0;  ///< of what is written
  const JsonName* name_ = nullptr;
  std::size_t open_ = 0;    ///< objects
  std::size_t shared_ = 0;  ///< of them, those of the next value
};

}  // namespace certmap

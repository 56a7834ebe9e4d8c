// One line with one JSON object, written from its beginning to its end.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace certmap {

/// `text` as a string of JSON: bytes that are not UTF-8 become U+FFFD; control, format and
/// line-separator characters are written as \uXXXX.
void append_json(std::string& out, std::string_view text);

/// A field has a dotted name: `event.kind` is `kind` in the object `event`. Those of one object
/// come one after another. An object without fields is not written.
class JsonLine {
 public:
  explicit JsonLine(std::size_t expected) { line_.reserve(expected); }

  /// The name of the value that comes next; where none comes, nothing is written. It must live as
  /// long as this object.
  void name(std::string_view dotted) { name_ = dotted; }
  /// A string; where it is empty, none.
  void text(std::string_view text) {
    if (text.empty()) return;
    open();
    append_json(line_, text);
  }
  /// The same of what needs no escaping: our own words, digits.
  void plain(std::string_view text) {
    if (text.empty()) return;
    open();
    ((line_ += '"') += text) += '"';
  }
  void number(std::integral auto number) {
    char digits[24];
    json({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
  }
  void boolean(bool value) { json(value ? "true" : "false"); }
  /// Any value, as it stands in the line.
  void json(std::string_view value) {
    open();
    line_ += value;
  }

  /// How long the line would be with a value of `length` octets, and no other after it.
  std::size_t length_with(std::size_t length) const;
  /// The line with its newline. There must have been a field.
  std::string take();

 private:
  void append_opening(std::string& out) const;
  void open() {
    append_opening(line_);
    last_ = name_;
  }

  std::string line_;
  std::string_view last_;  ///< the name of the last value
  std::string_view name_;
};

}  // namespace certmap

// The text of a mail with places for values.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace certmap {

/// Literal text, `{name}` for a value, `{{` and `}}` for braces.
class FilledText {
 public:
  /// The values by name, without braces.
  using Values = std::map<std::string, std::string, std::less<>>;

  /// `names` are those that may stand in it. Throws ToolError, whose text begins with `where`.
  FilledText(std::string text, const Values& names, const std::string& where);

  std::string fill(const Values& values) const;

 private:
  std::string text_;
};

struct MailTemplate {
  FilledText subject;  ///< one line
  FilledText body;
};

/// Reads `Subject: …`, an empty line and the text, all in UTF-8. Throws ToolError.
MailTemplate read_mail_template(std::string_view text, const FilledText::Values& names,
                                const std::string& where);

}  // namespace certmap

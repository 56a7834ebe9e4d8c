#include "httpd/config/arguments.h"

#include "core/text/encodings.h"

namespace certmap {
namespace {

/// Where ap_getword_conf() would take the rest of the line for one word.
bool is_quote_open(const char* word) {
  const char quote = *word;
  if (quote != '"' && quote != '\'') return false;
  for (++word; *word && *word != quote; ++word)
    if (*word == '\\' && (word[1] == quote || word[1] == '\\')) ++word;
  return !*word;
}

}  // namespace

std::vector<std::string> words_of(apr_pool_t* pool, const char* args) {
  std::vector<std::string> words;
  while (*args) {
    // What stands there may be a password.
    if (is_quote_open(args))
      throw ConfigError("argument " + std::to_string(words.size() + 1) +
                        " begins with a quote that is not closed; close it");
    words.emplace_back(ap_getword_conf(pool, &args));
  }
  return words;
}

std::string absolute(cmd_parms* cmd, const std::string& path) {
  const char* full = path.empty() ? nullptr : ap_server_root_relative(cmd->temp_pool, path.c_str());
  if (!full) throw ConfigError("\"" + path + "\" is no usable path");
  std::string_view name(full);
  while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
  return std::string(name);
}

bool is_first(const std::string& word, const std::string& first, const std::string& second) {
  const auto lower = to_lower(word);
  if (lower != to_lower(first) && lower != to_lower(second))
    throw ConfigError("\"" + word + "\" is neither " + first + " nor " + second +
                      "; write one of them");
  return lower == to_lower(first);
}

void fail(const cmd_parms* cmd, const std::string& what) {
  throw ConfigError(std::string(cmd->cmd->name) + ": " + what);
}

void check_only_line(cmd_parms* cmd, const std::string& thing, const std::string& first_place) {
  if (ap_check_cmd_context(cmd, GLOBAL_ONLY))
    fail(cmd, "stands in a virtual host or section; there is one " + thing +
                  " for the whole server, so write the line outside of them");
  if (!first_place.empty())
    fail(cmd, "stands twice, first at " + first_place + "; leave one of the lines out");
}

}  // namespace certmap

#include "httpd/status/table.h"

#include <apr_lib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/text/calendar.h"
#include "httpd/page/page.h"

namespace certmap {

std::string digits(double number) {
  auto text = std::to_string(static_cast<std::uint64_t>(number));
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string time_html(double seconds) {
  return html_time(utc_text(static_cast<std::int64_t>(seconds)));
}

std::string capitalized(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(apr_toupper(text[0]));
  return text;
}

Table::Table(std::vector<std::string> row_headings) : row_headings_(std::move(row_headings)) {}

void Table::add(const std::vector<Sample>& samples, const std::string& heading, const Labels& of) {
  for (const auto& sample : samples) {
    if (!has_labels(sample, of)) continue;
    Row row;
    for (const auto& [name, value] : sample.labels) row.names.push_back(value);
    row.names.erase(row.names.begin(), row.names.begin() + static_cast<std::ptrdiff_t>(of.size()));
    auto column = heading;
    if (heading.empty()) {
      column = capitalized(row.names.back());
      row.names.pop_back();
    }
    if (std::ranges::find(columns_, column) == columns_.end()) columns_.push_back(column);
    auto known = std::ranges::find(rows_, row.names, &Row::names);
    if (known == rows_.end()) known = rows_.insert(known, std::move(row));
    known->numbers[column] = sample.value;
  }
}

std::string Table::html(const std::string& label) const {
  if (rows_.empty()) return "<p class=\"note\">There are none.</p>\n";
  std::string html = "<table aria-label=\"" + label + "\">\n<thead><tr>";
  for (const auto& heading : row_headings_) html += "<th scope=\"col\">" + heading + "</th>";
  for (const auto& column : columns_)
    html += "<th scope=\"col\" class=\"number\">" + column + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows_) html += row_html(row, columns_);
  return html + "</tbody>\n</table>\n";
}

/// The innermost label first: the rule, then its server.
std::string Table::row_html(const Row& row, const std::vector<std::string>& columns) {
  std::string html;
  double sum = 0;
  for (auto name = row.names.rbegin(); name != row.names.rend(); ++name)
    html += html.empty() ? "<th scope=\"row\">" + html_escape(*name) + "</th>"
                         : "<td>" + html_escape(*name) + "</td>";
  for (const auto& column : columns) {
    const auto found = row.numbers.find(column);
    const double number = found == row.numbers.end() ? 0 : found->second;
    html += std::string("<td class=\"number") + (number == 0 ? " zero" : "") + "\">" +
            digits(number) + "</td>";
    sum += number;
  }
  return (sum == 0 ? "<tr class=\"zero\">" : "<tr>") + html + "</tr>\n";
}

}  // namespace certmap

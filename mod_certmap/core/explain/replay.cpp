#include "core/explain/replay.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/text/encodings.h"
#include "core/text/error.h"
#include "core/text/json.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMarker = "certmap-replay-2 ";
constexpr std::string_view kEnd = "end";

Json json_of(const AskedPlace& place) {
  return {{"vhost", place.vhost},
          {"location", place.location},
          {"method", place.method},
          {"host", place.host}};
}

Json json_of(const ReplayCertificate& certificate) {
  return {{"certificate", base64(certificate.der)}, {"places", certificate.places}};
}

/// Throws where it is none, or negative: get() would make one of it.
std::size_t whole_number(const Json& json) {
  return json.get_ref<const Json::number_unsigned_t&>();
}

std::vector<std::size_t> whole_numbers(const Json& json) {
  const auto& list = json.get_ref<const Json::array_t&>();
  std::vector<std::size_t> numbers;
  std::ranges::transform(list, std::back_inserter(numbers), whole_number);
  return numbers;
}

ReplayLine line_of(const Json& json) {
  if (!json.contains("certificate"))
    return AskedPlace{json.at("vhost").get<std::string>(), json.at("location").get<std::string>(),
                      json.at("method").get<std::string>(), json.at("host").get<std::string>()};
  return ReplayCertificate{from_base64url(json.at("certificate").get<std::string>()),
                           whole_numbers(json.at("places"))};
}

ReplayAnswer answer_of(const Json& json) {
  ReplayAnswer answer;
  answer.certificate = whole_number(json.at("certificate"));
  answer.place = whole_number(json.at("place"));
  answer.exit = static_cast<int>(whole_number(json.at("exit")));
  json.at("let_in").get_to(answer.let_in);
  json.at("account").get_to(answer.account);
  json.at("reason").get_to(answer.reason);
  json.at("why").get_to(answer.why);
  json.at("control").get_to(answer.control);
  json.at("depends").get_to(answer.depends);
  json.at("needs_cas").get_to(answer.needs_cas);
  return answer;
}

}  // namespace

std::string replay_line(const ReplayLine& question) {
  return ascii_line(std::visit([](const auto& each) { return json_of(each); }, question));
}

ReplayLine read_replay_line(std::string_view text) {
  try {
    return line_of(parse_json(text));
  } catch (const Json::exception&) {
    throw ConfigError("standard input holds no question; it is made by certmapctl replay");
  }
}

std::string replay_answer_line(const ReplayAnswer& answer) {
  return std::string(kMarker) + ascii_line({{"certificate", answer.certificate},
                                            {"place", answer.place},
                                            {"exit", answer.exit},
                                            {"let_in", answer.let_in},
                                            {"account", answer.account},
                                            {"reason", answer.reason},
                                            {"why", answer.why},
                                            {"control", answer.control},
                                            {"depends", answer.depends},
                                            {"needs_cas", answer.needs_cas}});
}

std::string replay_end_line() { return std::string(kMarker).append(kEnd); }

std::optional<std::vector<ReplayAnswer>> replay_answers_in(std::string_view output) {
  std::vector<ReplayAnswer> answers;
  for (auto line : split(output, '\n')) {
    if (!line.starts_with(kMarker)) continue;
    line.remove_prefix(kMarker.size());
    if (line.starts_with(kEnd)) return answers;
    if (const auto json = parse_json(line); json.is_object()) answers.push_back(answer_of(json));
  }
  return std::nullopt;
}

std::string without_replay_answers(std::string_view output) {
  std::string others;
  for (const auto line : split(output, '\n'))
    if (!line.empty() && !line.starts_with(kMarker)) others.append(line).append("\n");
  return others;
}

}  // namespace certmap

// Times what needs no server. Prints a line "NAME NUMBER" for each figure: microseconds of the best
// of several rounds, in processor time, so that other work on the machine counts for little.
//
//   core_bench decide PEM RULES
//       Reads each certificate of the file and decides, with RULES regexes.
//   core_bench find MAP ATTRIBUTE TEXT USERS
//       Reads a map file and looks up random keys: "%" in TEXT stands for a number below USERS.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/map/map_file.h"
#include "core/rule/mapper.h"

namespace {

using namespace certmap;
using Certificates = std::vector<std::shared_ptr<X509>>;

constexpr int kRounds = 15;

double processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e3;
}

template <typename Work>
double microseconds(Work work) {
  const double start = processor_time();
  work();
  return processor_time() - start;
}

/// The best round's time of one of `count` pieces of work; `prepare` is not timed.
template <typename Prepare, typename Work>
double best(std::size_t count, Prepare prepare, Work work) {
  double least = 1e18;
  for (int round = 0; round < kRounds; ++round) {
    prepare();
    least = std::min(least, microseconds(work));
  }
  return least / static_cast<double>(count);
}

void print(const std::string& name, double number) { std::cout << name << ' ' << number << '\n'; }

std::vector<std::string> read_ders(const std::string& path) {
  const std::unique_ptr<BIO, int (*)(BIO*)> file(BIO_new_file(path.c_str(), "r"), BIO_free);
  if (!file) throw std::runtime_error(path + " cannot be read");
  std::vector<std::string> ders;
  while (X509* x509 = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)) {
    const std::shared_ptr<X509> owner(x509, X509_free);
    auto& der = ders.emplace_back(static_cast<std::size_t>(i2d_X509(x509, nullptr)), '\0');
    auto* at = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(x509, &at);
  }
  ERR_clear_error();
  if (ders.empty()) throw std::runtime_error(path + " holds no certificate");
  return ders;
}

/// As the TLS module holds a certificate after its verification: parsed, extensions looked at.
std::shared_ptr<X509> parse(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  std::shared_ptr<X509> x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
  X509_check_purpose(x509.get(), -1, 0);
  return x509;
}

/// The last of the rules is the one that applies.
Mapper make_mapper(int count) {
  RuleResources resources([](const std::string&) { return nullptr; });
  std::vector<std::shared_ptr<const Rule>> rules;
  for (int i = 1; i <= count; ++i) {
    const auto domain = i == count ? "example" : "site" + std::to_string(i);
    RuleBuilder builder("r" + std::to_string(i), resources);
    builder.match({"email", "=~", "([^@]+)@" + domain + "\\.com"});
    builder.user({"$1"});
    rules.push_back(builder.build());
  }
  return Mapper(std::move(rules));
}

void expect_mapped(const Decision& decision) {
  if (decision.reason != Reason::Mapped) throw std::runtime_error("not mapped: " + decision.detail);
}

void decide(const std::string& path, int rules) {
  const auto ders = read_ders(path);
  const auto mapper = make_mapper(rules);
  const auto now = static_cast<std::int64_t>(time(nullptr));
  const auto decide_for = [&](const Certificate& certificate) {
    expect_mapped(mapper.decide({.certificate = &certificate, .verified = true, .now = now}));
  };
  Certificates certificates;
  const auto parse_all = [&] {
    certificates.clear();
    for (const auto& der : ders) certificates.push_back(parse(der));
  };
  print("decide", best(ders.size(), parse_all, [&] {
          for (const auto& x509 : certificates) decide_for(read_certificate(x509));
        }));
  print("decide_from_der", best(
                               ders.size(), [] {},
                               [&] {
                                 for (const auto& der : ders)
                                   decide_for(read_certificate(std::string_view(der)).value());
                               }));
}

/// `typed` with the number of a user in place of "%": "user%@example.com".
std::vector<std::string> make_keys(const Attribute& attribute, std::string typed, int users) {
  const auto place = typed.find('%');
  std::vector<std::string> keys;
  std::mt19937 random(1);  // NOLINT: the same order each time
  for (int i = 0; i < 100000; ++i) {
    auto number = std::to_string(random() % static_cast<unsigned>(users));
    number.insert(0, 7 - number.size(), '0');
    auto text = typed;
    keys.push_back(comparison_key_of_text(attribute, text.replace(place, 1, number)));
  }
  return keys;
}

void find(const std::string& path, const std::string& name, const std::string& typed, int users) {
  MapFile file(path, geteuid());
  FileLoad load;
  print("load", microseconds([&] { load = file.load(); }));
  if (!load.errors.empty()) throw std::runtime_error(load.errors.front());
  const auto attribute = parse_key_attribute(name);
  const auto keys = make_keys(attribute, typed, users);
  const auto image = file.image();
  print("find", best(
                    keys.size(), [] {},
                    [&] {
                      for (const auto& key : keys)
                        if (!image->find(attribute, key))
                          throw std::runtime_error("not found: " + key);
                    }));
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "decide") {
    decide(words[1], std::stoi(words[2]));
  } else if (words.size() == 5 && words[0] == "find") {
    find(words[1], words[2], words[3], std::stoi(words[4]));
  } else {
    std::cerr << "usage: core_bench decide PEM RULES | find MAP ATTRIBUTE TEXT-WITH-% USERS\n";
    return 2;
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::cerr << "core_bench: " << error.what() << '\n';
    return 1;
  }
}

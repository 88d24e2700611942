#include "protocols/http/exposition.h"

#include <fmt/format.h>

#include <iterator>

namespace koine::http {

void append_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
  out += name;
  if (!labels.empty()) fmt::format_to(std::back_inserter(out), "{{{}}}", labels);
  // Beyond 2^53 a double is no whole number anyway.
  constexpr double whole_max = 9007199254740992.0;
  if (value >= -whole_max && value <= whole_max &&
      value == static_cast<double>(static_cast<std::int64_t>(value))) {
    fmt::format_to(std::back_inserter(out), " {}\n", static_cast<std::int64_t>(value));
  } else {
    fmt::format_to(std::back_inserter(out), " {}\n", value);
  }
}

void append_label(std::string& labels, std::string_view name, std::string_view value) {
  if (!labels.empty()) labels += ',';
  labels += name;
  labels += "=\"";
  for (const char character : value) {
    if (character == '\\' || character == '"') labels += '\\';
    if (character == '\n') {
      labels += "\\n";
    } else {
      labels += character;
    }
  }
  labels += '"';
}

void append_family(std::string& out, std::string_view name, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                 name.ends_with("_total") ? "counter" : "gauge");
}

void Exposition::add_value(const core::Metric& metric, std::string labels, double value) {
  Family& family = families_[metric.name];
  family.help = metric.help;
  family.values[std::move(labels)] += value;
}

void Exposition::add(const core::Figures& figures) {
  for (const core::Figure& figure : figures.all()) {
    add_value(*figure.metric, figure.labels, figure.value);
  }
}

double Exposition::sum(std::string_view name, std::string_view label) const {
  const auto found = families_.find(name);
  if (found == families_.end()) return 0;
  double sum = 0;
  for (const auto& [labels, value] : found->second.values) {
    if (labels.contains(label)) sum += value;
  }
  return sum;
}

const std::map<std::string, double>& Exposition::of(std::string_view name) const {
  static const std::map<std::string, double> none;
  const auto found = families_.find(name);
  return found == families_.end() ? none : found->second.values;
}

std::string Exposition::to_text() const {
  std::string text;
  for (const auto& [name, family] : families_) {
    append_family(text, name, family.help);
    for (const auto& [labels, value] : family.values) append_sample(text, name, labels, value);
  }
  return text;
}

}  // namespace koine::http

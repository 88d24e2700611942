// Exposition: figures as Prometheus reads them (text format 0.0.4), those of the same name together.
//
//   # HELP koine_connections Connections that are open.
//   # TYPE koine_connections gauge
//   koine_connections{protocol="kafka"} 3
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/metrics.h"

namespace koine::http {

inline constexpr std::string_view exposition_type = "text/plain; version=0.0.4; charset=utf-8";

class Exposition {
 public:
  // What has the same name and labels is summed.
  void add(const core::Figures& figures);
  void add(const core::Metric& metric, auto value, std::string labels = {}) {
    add_value(metric, std::move(labels), static_cast<double>(value));
  }

  // Of all whose labels have this text.
  double sum(std::string_view name, std::string_view label = {}) const;
  // Each with its labels; none: an empty list.
  const std::map<std::string, double>& of(std::string_view name) const;
  std::string to_text() const;

 private:
  void add_value(const core::Metric& metric, std::string labels, double value);

  struct Family {
    std::string_view help;
    std::map<std::string, double> values;  // by labels
  };
  std::map<std::string_view, Family> families_;
};

// A line of the format. Whole numbers are written whole.
void append_sample(std::string& out, std::string_view name, std::string_view labels, double value);
// `name="value"`, escaped; with a comma if there are labels before it.
void append_label(std::string& labels, std::string_view name, std::string_view value);
// HELP and TYPE; a name that ends with `_total` is a counter.
void append_family(std::string& out, std::string_view name, std::string_view help);

}  // namespace koine::http

#include "protocols/http/koine_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "protocols/http/ascii_case.h"

namespace koine::http {

namespace {

// Most fields begin with another letter.
bool is_koine(std::string_view name) {
  return !name.empty() && (name.front() | 0x20) == 'k' && starts_with_ignoring_case(name, "koine-");
}

bool is_declared(const Route& route, std::string_view name) {
  return std::ranges::any_of(route.parameters, [&](const Parameter& parameter) {
    if (parameter.place != Parameter::Place::header) return false;
    if (!parameter.is_family()) return equal_ignoring_case(parameter.name, name);
    const std::string_view prefix = parameter.name.substr(0, parameter.name.size() - 1);
    return name.size() > prefix.size() && starts_with_ignoring_case(name, prefix);
  });
}

std::string known(const Route& route) {
  std::string names;
  for (const Parameter& parameter : route.parameters) {
    if (parameter.place != Parameter::Place::header || !is_koine(parameter.name)) continue;
    names += names.empty() ? "" : ", ";
    names += parameter.name;
  }
  return names.empty() ? "none" : names;
}

}  // namespace

Outcome<> check_koine_fields(const Request& request, const Route& route) {
  for (const Header& field : request.headers) {
    if (!is_koine(field.name) || is_declared(route, field.name)) continue;
    return refuse(Status::bad_request,
                  fmt::format("{}: is unknown; known here: {}", field.name, known(route)));
  }
  return {};
}

Outcome<> refuse_fields_of_one(const Request& request,
                               std::initializer_list<std::string_view> others) {
  for (const Header& field : request.headers) {
    if (!is_koine(field.name) && !starts_with_ignoring_case(field.name, "ce-")) continue;
    const bool is_other = std::ranges::any_of(
        others, [&](std::string_view other) { return equal_ignoring_case(other, field.name); });
    if (is_other) continue;
    return refuse(
        Status::bad_request,
        fmt::format("{}: is about one; each of many says this itself, in the body", field.name));
  }
  return {};
}

}  // namespace koine::http

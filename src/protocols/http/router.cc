#include "protocols/http/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace koine::http {

namespace {

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

// "/a/b" is "a", "b".
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const std::size_t end = path.find('/');
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return segments;
}

bool matches(const Resource& resource, const std::vector<std::string_view>& segments) {
  for (std::size_t n = 0; n < segments.size(); ++n) {
    const std::string_view wanted = resource.segments[n];
    if (is_parameter(wanted) ? segments[n].empty() : wanted != segments[n]) return false;
  }
  return true;
}

std::optional<unsigned> hexadecimal(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
  return std::nullopt;
}

Refused wrong(std::string_view name, std::string_view sentence) {
  return refuse(Status::bad_request, fmt::format("parameter {}: {}", name, sentence))
      .with("parameter", name);
}

class ArgumentDecoder {
 public:
  ArgumentDecoder(Request& request, const Route& route) : request_(request), route_(route) {}

  Outcome<> decode() {
    TRY(take_path());
    TRY(take_query());
    for (const Parameter& parameter : route_.parameters) {
      if (parameter.place == Parameter::Place::query && parameter.required &&
          !request_.arguments.find(parameter.name)) {
        return wrong(parameter.name, "is missing");
      }
    }
    return {};
  }

 private:
  Outcome<> take_path() {
    if (!route_.pattern.contains('{')) return {};
    const auto wanted = segments_of(route_.pattern);
    const auto found = segments_of(request_.path);
    for (std::size_t n = 0; n < wanted.size(); ++n) {
      if (!is_parameter(wanted[n])) continue;
      const std::string_view name = wanted[n].substr(1, wanted[n].size() - 2);
      TRY(take(name, found[n], Plus::literal, Parameter::Place::path));
    }
    return {};
  }

  Outcome<> take_query() {
    std::string_view rest = request_.query;
    while (!rest.empty()) {
      const std::size_t end = rest.find('&');
      const std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (pair.empty()) continue;
      const std::size_t equals = pair.find('=');
      TRY(const std::string_view name, decoded(pair.substr(0, equals), Plus::space));
      const std::string_view value =
          equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
      TRY(take(name, value, Plus::space, Parameter::Place::query));
    }
    return {};
  }

  Outcome<std::string_view> decoded(std::string_view text, Plus plus) {
    if (text.find_first_of(plus == Plus::space ? "%+" : "%") == std::string_view::npos) return text;
    std::string result;
    if (!decode_percent(text, plus, result)) {
      return refuse(Status::bad_request,
                    "the target has a '%' without two hexadecimal digits after it");
    }
    return request_.decoded.emplace_back(std::move(result));
  }

  const Parameter* find(std::string_view name, Parameter::Place place) const {
    for (const Parameter& parameter : route_.parameters) {
      if (parameter.place != place) continue;
      if (parameter.is_family() ? parameter.covers(name) : parameter.name == name) {
        return &parameter;
      }
    }
    return nullptr;
  }

  std::string known() const {
    std::string names;
    for (const Parameter& parameter : route_.parameters) {
      if (parameter.place != Parameter::Place::query) continue;
      names += names.empty() ? "" : ", ";
      names += parameter.name;
    }
    return names.empty() ? "none" : names;
  }

  Outcome<> take(std::string_view name, std::string_view raw, Plus plus, Parameter::Place place) {
    const Parameter* const parameter = find(name, place);
    if (parameter == nullptr) {
      return wrong(name, fmt::format("is unknown; known here: {}", known()));
    }
    if (!parameter->repeats && request_.arguments.find(parameter->name)) {
      return wrong(name, "comes twice");
    }
    TRY(const std::string_view value, decoded(raw, plus));
    Argument argument{.name = parameter->is_family() ? name : parameter->name, .value = value};
    TRY(check(*parameter, argument));
    request_.arguments.add(argument);
    return {};
  }

  static Outcome<> check(const Parameter& parameter, Argument& argument) {
    const std::string_view text = argument.value;
    const auto found = [&](const std::string& expected) {
      return wrong(parameter.name, fmt::format("found '{}', expected {}", text, expected));
    };
    switch (parameter.type) {
      case Parameter::Type::text: break;
      case Parameter::Type::number: {
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), argument.number);
        if (error != std::errc{} || end != text.data() + text.size() ||
            argument.number < parameter.min || argument.number > parameter.max) {
          return found(
              parameter.max == std::numeric_limits<std::int64_t>::max()
                  ? fmt::format("a whole number from {} on", parameter.min)
                  : fmt::format("a whole number from {} to {}", parameter.min, parameter.max));
        }
        break;
      }
      case Parameter::Type::boolean:
        if (!text.empty() && text != "true" && text != "false") return found("true or false");
        break;
      case Parameter::Type::choice:
        if (std::ranges::find(parameter.choices, text) == parameter.choices.end()) {
          return found(fmt::format("{}", fmt::join(parameter.choices, " or ")));
        }
        break;
    }
    return {};
  }

  Request& request_;
  const Route& route_;
};

}  // namespace

const Route* Resource::find(Method method) const {
  for (const Route* route : routes) {
    if (route->method == method) return route;
  }
  return method == Method::head ? find(Method::get) : nullptr;
}

std::string Resource::allow() const {
  std::string names;
  for (const Route* route : routes) {
    names += fmt::format("{}, ", name_of(route->method));
    if (route->method == Method::get) names += "HEAD, ";
  }
  return names + "OPTIONS";
}

Router::Router(std::span<const Route> routes) : routes_(routes) {
  std::unordered_map<std::string_view, Resource*> by_pattern;
  for (const Route& route : routes) {
    Resource*& resource = by_pattern[route.pattern];
    if (resource == nullptr) {
      resource = resources_
                     .emplace_back(std::make_unique<Resource>(
                         Resource{route.pattern, segments_of(route.pattern), {}}))
                     .get();
      if (!route.pattern.contains('{')) {
        literal_[route.pattern] = resource;
      } else {
        by_depth_.resize(std::max(by_depth_.size(), resource->segments.size() + 1));
        by_depth_[resource->segments.size()].push_back(resource);
      }
    }
    resource->routes.push_back(&route);
  }
  // The later the first parameter, the more is said.
  const auto first_parameter = [](const Resource* resource) {
    return std::ranges::find_if(resource->segments, is_parameter) - resource->segments.begin();
  };
  for (auto& resources : by_depth_) {
    std::ranges::sort(resources, [&](const Resource* left, const Resource* right) {
      return std::pair(first_parameter(right), left->pattern) <
             std::pair(first_parameter(left), right->pattern);
    });
  }
}

const Resource* Router::find(std::string_view path) const {
  if (const auto found = literal_.find(path); found != literal_.end()) return found->second;
  const auto depth = static_cast<std::size_t>(std::ranges::count(path, '/'));
  if (depth >= by_depth_.size() || by_depth_[depth].empty()) return nullptr;
  const auto segments = segments_of(path);
  for (const Resource* resource : by_depth_[depth]) {
    if (matches(*resource, segments)) return resource;
  }
  return nullptr;
}

bool decode_percent(std::string_view text, Plus plus, std::string& decoded) {
  decoded.clear();
  for (std::size_t n = 0; n < text.size(); ++n) {
    if (text[n] == '+' && plus == Plus::space) {
      decoded += ' ';
    } else if (text[n] != '%') {
      decoded += text[n];
    } else {
      if (n + 2 >= text.size()) return false;
      const auto high = hexadecimal(text[n + 1]);
      const auto low = hexadecimal(text[n + 2]);
      if (!high || !low) return false;
      decoded += static_cast<char>(*high * 16 + *low);
      n += 2;
    }
  }
  return true;
}

Outcome<> decode_arguments(Request& request, const Route& route) {
  request.arguments.clear();
  if (request.query.empty() && route.parameters.empty()) return {};
  return ArgumentDecoder(request, route).decode();
}

}  // namespace koine::http

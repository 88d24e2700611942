#include "protocols/http/message.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/check.h"
#include "protocols/http/ascii_case.h"

namespace koine::http {

namespace {

struct MethodName {
  Method method;
  std::string_view name;
};

constexpr std::array methods{
    MethodName{Method::get, "GET"},         MethodName{Method::head, "HEAD"},
    MethodName{Method::post, "POST"},       MethodName{Method::put, "PUT"},
    MethodName{Method::patch, "PATCH"},     MethodName{Method::remove, "DELETE"},
    MethodName{Method::options, "OPTIONS"}, MethodName{Method::connect, "CONNECT"}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The part before `delimiter`, which goes with it.
std::string_view take_until(std::string_view& rest, char delimiter) {
  const std::size_t at = rest.find(delimiter);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return taken;
}

// RFC 9110 12.4.2: in thousandths.
int quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view parameter = trimmed(take_until(parameters, ';'));
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    parameter.remove_prefix(2);
    double value = 0;
    const auto [end, error] =
        std::from_chars(parameter.data(), parameter.data() + parameter.size(), value);
    if (error != std::errc{} || value < 0 || value > 1) return 0;
    return static_cast<int>(value * 1000);
  }
  return 1000;
}

// How exactly a range of Accept matches: 0 not at all, 1 `*/*`, 2 `type/*`, 3 exactly.
int match_of(std::string_view range, std::string_view media_type) {
  if (range == "*/*") return 1;
  if (equal_ignoring_case(range, media_type)) return 3;
  const std::size_t slash = media_type.find('/');
  return range.ends_with("/*") &&
                 equal_ignoring_case(range.substr(0, range.size() - 2), media_type.substr(0, slash))
             ? 2
             : 0;
}

int accepted_quality(std::string_view accept, std::string_view media_type) {
  int best_match = 0;
  int quality = 0;
  while (!accept.empty()) {
    std::string_view element = take_until(accept, ',');
    const std::string_view range = trimmed(take_until(element, ';'));
    const int match = match_of(range, media_type);
    if (match <= best_match) continue;
    best_match = match;
    quality = quality_of(element);
  }
  return quality;
}

}  // namespace

std::string_view name_of(Method method) {
  for (const MethodName& known : methods) {
    if (known.method == method) return known.name;
  }
  return "OTHER";
}

Method method_of(std::string_view name) {
  for (const MethodName& known : methods) {
    if (known.name == name) return known.method;
  }
  return Method::other;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() && std::ranges::equal(
                                            left, right, {}, [](char c) { return lower_case(c); },
                                            [](char c) { return lower_case(c); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Header& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  for (const Header& field : fields_) {
    if (!equal_ignoring_case(field.name, name)) continue;
    std::string_view list = field.value;
    while (!list.empty()) {
      if (equal_ignoring_case(trimmed(take_until(list, ',')), token)) return true;
    }
  }
  return false;
}

const Argument* Arguments::find_argument(std::string_view name) const {
  const auto found = std::ranges::find(arguments_, name, &Argument::name);
  return found == arguments_.end() ? nullptr : &*found;
}

std::string_view Arguments::text(std::string_view name) const {
  const Argument* const found = find_argument(name);
  CHECK(found != nullptr);  // the route requires it
  return found->value;
}

std::int64_t Arguments::number(std::string_view name) const {
  const Argument* const found = find_argument(name);
  CHECK(found != nullptr);
  return found->number;
}

std::optional<std::string_view> Arguments::find(std::string_view name) const {
  const Argument* const found = find_argument(name);
  return found == nullptr ? std::nullopt : std::optional(found->value);
}

std::optional<std::int64_t> Arguments::find_number(std::string_view name) const {
  const Argument* const found = find_argument(name);
  return found == nullptr ? std::nullopt : std::optional(found->number);
}

std::string_view Arguments::text_or(std::string_view name, std::string_view otherwise) const {
  return find(name).value_or(otherwise);
}

std::int64_t Arguments::number_or(std::string_view name, std::int64_t otherwise) const {
  return find_number(name).value_or(otherwise);
}

bool Arguments::is_true(std::string_view name, bool otherwise) const {
  const auto found = find(name);
  return found ? *found != "false" : otherwise;
}

void Request::clear() {
  method = Method::other;
  target = path = query = authority = scheme = upgrade = {};
  headers.clear();
  arguments.clear();
  decoded.clear();
  body = {};
  user.clear();
  is_http2 = false;
}

void Request::move_texts(ByteView from, ByteView to) {
  const std::string_view old_text = as_text(from);
  const std::string_view new_text = as_text(to);
  const auto move = [&](std::string_view& text) {
    const bool is_inside = text.data() >= old_text.data() &&
                           text.data() + text.size() <= old_text.data() + old_text.size();
    if (is_inside) {
      text = new_text.substr(static_cast<std::size_t>(text.data() - old_text.data()), text.size());
    }
  };
  for (std::string_view* text : {&target, &path, &query, &authority, &upgrade}) move(*text);
  for (Header& field : headers) {
    move(field.name);
    move(field.value);
  }
}

std::string Request::content_type() const {
  std::string_view value = headers.find("content-type").value_or("");
  return lower_case(trimmed(take_until(value, ';')));
}

bool Request::accepts(std::string_view media_type, std::string_view other) const {
  const auto accept = headers.find("accept");
  if (!accept || trimmed(*accept).empty()) return other.empty();
  const int quality = accepted_quality(*accept, media_type);
  return quality > 0 && (other.empty() || quality > accepted_quality(*accept, other));
}

int quality_in(std::string_view list, std::string_view value) {
  while (!list.empty()) {
    std::string_view element = take_until(list, ',');
    if (equal_ignoring_case(trimmed(take_until(element, ';')), value)) return quality_of(element);
  }
  return 0;
}

Response Response::text(std::string_view content_type, std::string body, Status status) {
  Response response;
  response.status = status;
  response.content_type = content_type;
  response.body = std::move(body);
  return response;
}

Response Response::empty(Status status) {
  Response response;
  response.status = status;
  return response;
}

Response Response::stream(std::string_view content_type, std::unique_ptr<BodySource> source) {
  Response response;
  response.content_type = content_type;
  response.body = std::move(source);
  return response;
}

Response Response::tunnel(std::unique_ptr<Tunnel> tunnel, std::vector<Field> fields) {
  Response response;
  response.headers = std::move(fields);
  response.body = std::move(tunnel);
  return response;
}

}  // namespace koine::http

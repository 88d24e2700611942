#include "protocols/http/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "protocols/http/percent.h"

namespace koine::http {

namespace {

// "17 email" is where a page sorted by a figure ended.
std::optional<PagePlace> place_of(const PageQuestion& question) {
  if (question.after.empty()) return std::nullopt;
  if (question.by_name()) return PagePlace{.name = question.after};
  PagePlace place;
  const char* const end = question.after.data() + question.after.size();
  const auto [parsed, error] = std::from_chars(question.after.data(), end, place.figure);
  if (error != std::errc{} || parsed == end || *parsed != ' ') return std::nullopt;
  place.name = std::string_view(parsed + 1, static_cast<std::size_t>(end - parsed - 1));
  return place;
}

// The same request for what comes after.
std::string link_to(const Request& request, std::string_view after) {
  std::string link = fmt::format("<{}?", request.path);
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!pair.empty() && !pair.starts_with("after=")) link += fmt::format("{}&", pair);
  }
  return link + fmt::format("after={}>; rel=\"next\"", percent_encoded(after));
}

}  // namespace

std::vector<Parameter> page_parameters(std::initializer_list<std::string_view> sorts) {
  std::vector<std::string_view> choices = {"name", "-name"};
  choices.insert(choices.end(), sorts);
  return {{.name = "limit",
           .description = "How many, at most.",
           .type = Parameter::Type::number,
           .min = 1,
           .max = page_limit_max},
          {.name = "after", .description = "The `next` of the page before."},
          {.name = "search", .description = "Only those with this in their names."},
          {.name = "sort",
           .description = "By what; with a '-' downwards.",
           .type = Parameter::Type::choice,
           .choices = std::move(choices)}};
}

PageQuestion PageQuestion::of(const Request& request) {
  PageQuestion question;
  question.limit =
      static_cast<std::size_t>(request.arguments.number_or("limit", page_limit_default));
  question.after = request.arguments.text_or("after", {});
  question.search = request.arguments.text_or("search", {});
  question.sort = request.arguments.text_or("sort", "name");
  question.is_downwards = question.sort.starts_with('-');
  if (question.is_downwards) question.sort.remove_prefix(1);
  return question;
}

PageOrder::PageOrder(const PageQuestion& question)
    : question_(question), after_(place_of(question)) {}

bool PageOrder::wants(std::string_view name) const {
  if (!question_.search.empty() && !name.contains(question_.search)) return false;
  return !question_.by_name() || is_behind_start({.name = name});
}

bool PageOrder::is_before(const PagePlace& one, const PagePlace& other) const {
  const PagePlace& low = question_.is_downwards ? other : one;
  const PagePlace& high = question_.is_downwards ? one : other;
  if (low.figure != high.figure) return low.figure < high.figure;
  return low.name < high.name;
}

std::string PageOrder::next_after(const PagePlace& place) const {
  return question_.by_name() ? std::string(place.name)
                             : fmt::format("{} {}", place.figure, place.name);
}

Response page_response(const Request& request, JsonWriter json,
                       const std::optional<std::string>& next) {
  if (next) json.member("next", *next);
  Response response = Response::json(std::move(json.end_object()).take());
  if (next) response.with("Link", link_to(request, *next));
  return response;
}

}  // namespace koine::http

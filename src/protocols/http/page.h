// Page: the part of a list that a client asked for, and the question itself: `limit`, `after`, `search`, `sort`. The same for every
// list. Finding a page costs a look at every name and memory for what matches; objects are asked for what they cost only when
// they are on the page.
//
//   GET /v1/queues?limit=2&sort=-ready     {"items": [...], "next": "17 email"}     Link: </v1/queues?...&after=17%20email>; rel="next"
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/http/json_writer.h"
#include "protocols/http/message.h"
#include "protocols/http/route.h"

namespace koine::http {

inline constexpr std::int64_t page_limit_max = 1000;
inline constexpr std::int64_t page_limit_default = 100;

// The four parameters. `sorts`: literals, by what the list can be sorted besides the name: "ready", "-ready".
std::vector<Parameter> page_parameters(std::initializer_list<std::string_view> sorts = {});

struct PageQuestion {
  std::size_t limit = static_cast<std::size_t>(page_limit_default);
  std::string_view after;
  std::string_view search;
  std::string_view sort = "name";
  bool is_downwards = false;

  static PageQuestion of(const Request& request);
  bool by_name() const { return sort == "name"; }
};

// What is sorted: a name, unique in its list, and a figure unless it is sorted by name.
struct PageEntry {
  std::string_view name;
  std::size_t index = 0;  // the caller's
  std::int64_t figure = 0;
};

class Page {
 public:
  explicit Page(const PageQuestion& question);

  // Whether the name is to be added at all.
  bool wants(std::string_view name) const;
  void add(const PageEntry& entry);
  // In order, at most `limit`. Views into the names that were added.
  const std::vector<PageEntry>& choose();
  // After choose(): where the next page begins; nothing: this was the last one.
  const std::optional<std::string>& next() const { return next_; }

 private:
  bool is_before(const PageEntry& one, const PageEntry& other) const;

  PageQuestion question_;
  std::optional<PageEntry> after_;
  std::vector<PageEntry> entries_;
  std::optional<std::string> next_;
};

// Ends `json`, which has begun an object and its member "items", which was ended; with the link to the next page.
Response page_response(const Request& request, JsonWriter json,
                       const std::optional<std::string>& next);

}  // namespace koine::http

// Page: the part of a list that a client asked for, and the question itself: `limit`, `after`, `search`, `sort`. The same for every
// list. It keeps no more than fits on it, however much it is offered; who offers looks at a part of a long list at a time
// (page_part_max), from where the page begins if it is sorted by name, and lets others go on in between.
//
//   GET /v1/queues?limit=2&sort=-ready     {"items": [...], "next": "17 email"}     Link: </v1/queues?...&after=17%20email>; rel="next"
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocols/http/json_writer.h"
#include "protocols/http/message.h"
#include "protocols/http/route.h"

namespace koine::http {

inline constexpr std::int64_t page_limit_max = 1000;
inline constexpr std::int64_t page_limit_default = 100;
// Names that are looked at in one go: well below a millisecond.
inline constexpr std::size_t page_part_max = 2048;

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
  // Where the look at a list that is sorted by name begins.
  std::string_view first_name() const { return by_name() ? after : std::string_view(); }
};

// What is sorted: a name, unique in its list, and a figure unless it is sorted by name.
struct PagePlace {
  std::string_view name;
  std::int64_t figure = 0;
};

class PageOrder {
 public:
  explicit PageOrder(const PageQuestion& question);

  // Whether the name is to be offered at all.
  bool wants(std::string_view name) const;
  bool is_behind_start(const PagePlace& place) const {
    return !after_ || is_before(*after_, place);
  }
  bool is_before(const PagePlace& one, const PagePlace& other) const;
  std::size_t limit() const { return question_.limit; }
  // The `after` of the page behind this place.
  std::string next_after(const PagePlace& place) const;

 private:
  PageQuestion question_;
  std::optional<PagePlace> after_;
};

template <typename Item>
struct PageEntry {
  PagePlace place;  // the name stays as long as the item
  Item item;
};

template <typename Item>
class Page {
 public:
  explicit Page(const PageQuestion& question) : order_(question) {}

  bool wants(std::string_view name) const { return order_.wants(name); }
  // Whether it would be kept, as far as is known.
  bool has_place_for(const PagePlace& place) const {
    return order_.is_behind_start(place) &&
           (!is_full() || order_.is_before(place, entries_.front().place));
  }
  void add(const PagePlace& place, Item item) {
    if (!has_place_for(place)) return;
    entries_.push_back({place, std::move(item)});
    std::ranges::push_heap(entries_, before());
    // One more than fits says that there is another page.
    if (entries_.size() <= order_.limit() + 1) return;
    std::ranges::pop_heap(entries_, before());
    entries_.pop_back();
  }
  // It has what fits, and one more. Of a list that is offered in its order: it is done.
  bool is_full() const { return entries_.size() > order_.limit(); }

  // In order, at most `limit`. The last call but next().
  const std::vector<PageEntry<Item>>& choose() {
    const bool has_more = is_full();
    std::ranges::sort_heap(entries_, before());
    if (!has_more) return entries_;
    entries_.pop_back();
    next_ = order_.next_after(entries_.back().place);
    return entries_;
  }
  // After choose(): where the next page begins; nothing: this was the last one.
  const std::optional<std::string>& next() const { return next_; }

 private:
  auto before() const {
    return [this](const PageEntry<Item>& one, const PageEntry<Item>& other) {
      return order_.is_before(one.place, other.place);
    };
  }

  PageOrder order_;
  std::vector<PageEntry<Item>> entries_;  // a heap, the last place at its front
  std::optional<std::string> next_;
};

// Ends `json`, which has begun an object and its member "items", which was ended; with the link to the next page.
Response page_response(const Request& request, JsonWriter json,
                       const std::optional<std::string>& next);

}  // namespace koine::http

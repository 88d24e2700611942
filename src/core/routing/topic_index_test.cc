#include "core/routing/topic_index.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/routing/routing_fixture.h"

namespace koine::core {
namespace {

struct Case {
  const char* pattern;
  const char* key;
  bool matches;
};

TEST(TopicIndex, MatchesWordByWord) {
  for (const Case& one : {
           // RabbitMQ's fifth tutorial.
           Case{"*.orange.*", "quick.orange.rabbit", true},
           Case{"*.orange.*", "quick.orange.fox", true},
           Case{"*.orange.*", "quick.orange.new.rabbit", false},
           Case{"*.orange.*", "orange", false},
           Case{"*.*.rabbit", "lazy.pink.rabbit", true},
           Case{"*.*.rabbit", "quick.brown.fox", false},
           Case{"lazy.#", "lazy.orange.elephant", true},
           Case{"lazy.#", "lazy.orange.new.rabbit", true},
           Case{"lazy.#", "lazy", true},
           Case{"lazy.#", "lazyness", false},
           // A word may be empty; an empty key has none.
           Case{"#", "", true},
           Case{"*", "", false},
           Case{"", "", true},
           Case{"", "a", false},
           Case{"*", ".", false},
           Case{"*.*", ".", true},
           Case{".", ".", true},
           Case{"a.", "a", false},
           Case{"a.*", "a.", true},
           Case{"a..b", "a..b", true},
           Case{"a.*.b", "a..b", true},
           // Any number of words.
           Case{"#.b", "b", true},
           Case{"#.b", "a.b.b", true},
           Case{"#.b", "b.a", false},
           Case{"a.#.b", "a.b", true},
           Case{"a.#.b", "a.x.y.b", true},
           Case{"a.#.b", "a", false},
           Case{"#.#", "", true},
           Case{"#.*", "", false},
           Case{"#.*", "a", true},
           Case{"*.#", "a.b.c", true},
           Case{"#.*.#", "a", true},
           Case{"#.a.#.a.#", "a.b", false},
           Case{"#.a.#.a.#", "a.b.a", true},
           // Wildcards are whole words of the pattern, not of the key.
           Case{"a*", "ab", false},
           Case{"a*", "a*", true},
           Case{"a", "*", false},
           Case{"*", "#", true},
           Case{"b", "#", false},
       }) {
    RoutingTable table;
    table.queue("q");
    table.bind("amq.topic", "q", one.pattern);
    EXPECT_EQ(table.route("amq.topic", one.key), one.matches ? "q" : "")
        << "pattern '" << one.pattern << "', key '" << one.key << "'";
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  if (text.empty()) return words;
  while (true) {
    const std::size_t end = text.find('.');
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end + 1);
  }
}

// The definition, word for word.
bool matches(std::span<const std::string_view> pattern, std::span<const std::string_view> key) {
  if (pattern.empty()) return key.empty();
  if (pattern[0] == "#") {
    return matches(pattern.subspan(1), key) || (!key.empty() && matches(pattern, key.subspan(1)));
  }
  if (key.empty() || (pattern[0] != "*" && pattern[0] != key[0])) return false;
  return matches(pattern.subspan(1), key.subspan(1));
}

class Words {
 public:
  explicit Words(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::string text(std::span<const char* const> alphabet) {
    std::string text;
    const std::size_t count = below(6);
    for (std::size_t n = 0; n < count; ++n) {
      if (n > 0) text += '.';
      text += alphabet[below(alphabet.size())];
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

TEST(TopicIndex, AgreesWithTheDefinitionWhilePatternsComeAndGo) {
  constexpr auto pattern_words = std::to_array({"a", "b", "", "*", "#", "*", "#"});
  constexpr auto key_words = std::to_array({"a", "b", "", "c"});
  for (unsigned seed = 0; seed < 20; ++seed) {
    Words words(seed);
    RoutingTable table;
    std::set<std::string> patterns;
    for (int step = 0; step < 300; ++step) {
      const std::string pattern = words.text(pattern_words);
      const std::string queue = "q" + pattern;
      if (patterns.insert(pattern).second) {
        table.queue(queue);
        table.bind("amq.topic", queue, pattern);
      } else if (words.below(2) == 0) {
        patterns.erase(pattern);
        const QueuePtr gone = table.catalog().queues().find({"/", queue});
        ASSERT_TRUE(table.catalog().apply(RemoveQueue{gone->id()}));
      }
      const std::string key = words.text(key_words);
      std::vector<std::string> expected;
      for (const std::string& known : patterns)
        if (matches(words_of(known), words_of(key))) expected.push_back("q" + known);
      ASSERT_EQ(table.route("amq.topic", key), fmt::format("{}", fmt::join(expected, " ")))
          << "seed " << seed << ", key '" << key << "'";
    }
  }
}

// Tried one after the other, the ways to match this are more than can be counted.
TEST(TopicIndex, IsNotSlowedByPatternsWithManyWildcards) {
  RoutingTable table;
  table.queue("q");
  std::string pattern = "#";
  std::string key = "a";
  for (int n = 0; n < 60; ++n) pattern += ".a.#";
  pattern += ".b";
  for (int n = 0; n < 120; ++n) key += ".a";
  table.bind("amq.topic", "q", pattern);
  for (int n = 0; n < 100; ++n) EXPECT_EQ(table.route("amq.topic", key), "");
  EXPECT_EQ(table.route("amq.topic", key + ".b"), "q");
}

}  // namespace
}  // namespace koine::core

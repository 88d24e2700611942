// What the commands that speak HTTP share: their flags, targets with names in them, lists of many pages, settings as JSON.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "cli/commands.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"

namespace koine::cli {

// --server and so on, --vhost, --json.
struct HttpFlags {
  ClientFlags client;
  std::string vhost;  // empty: the server's default, "/"
  bool is_json = false;

  void add_to(CLI::App& command);
};

// "/v1/queues/a%2Fb/messages?vhost=x&limit=5"
class HttpTarget {
 public:
  // `path` is a literal.
  HttpTarget(std::string path, const HttpFlags& flags);
  HttpTarget& name(std::string_view segment);
  HttpTarget& path(std::string_view literal);
  // Nothing if the value is empty.
  HttpTarget& query(std::string_view key, std::string_view value);
  std::string text() const { return path_ + query_; }

 private:
  std::string path_;
  std::string query_;
};

// Problems of reading an answer: the server is another one than this program was made for.
template <typename T>
Result<T> expect(http::Outcome<T> read) {
  if (read) return std::move(*read);
  return fail(ErrorCode::corrupt, "the server's answer: " + read.error().detail());
}

// Each object of a list, over all its pages of so many.
inline constexpr int page_items = 1000;
Task<Result<>> for_each_item(HttpClient& client, HttpTarget target,
                             std::function<Result<>(const http::JsonValue&)> visit,
                             int items_per_page = page_items);

// "NAME=VALUE" of --set, as members of the object that `json` is writing: a value that is JSON is that, any other is text.
// Errors: invalid_argument: no '='.
Result<> write_settings(http::JsonWriter& json, const std::vector<std::string>& settings,
                        std::string_view flag);

// A member as people want to see it: text, a number, true; empty: it is not there, or null.
std::string shown(const http::JsonObject& object, std::string_view member);
// All members of an object, one a line, without those that are objects or lists.
void print_members(const http::JsonObject& object);

}  // namespace koine::cli

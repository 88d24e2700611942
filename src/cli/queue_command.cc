// `koine queue list|declare|describe|peek|purge|delete|move` and `koine queue dlq list|redrive|discard`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "cli/http_command.h"
#include "cli/table.h"

namespace koine::cli {

namespace {

// The server looks into each of them.
constexpr int dead_letter_queues_per_page = 100;

struct QueueFlags {
  HttpFlags http;
  std::string name;
  std::string search;
  std::string sort;
  std::vector<std::string> settings;
  std::uint32_t peek_limit = 10;
  bool if_unused = false;
  bool if_empty = false;

  // Moves.
  std::string to_queue;
  std::string to_exchange;
  std::string routing_key;
  std::string filter_key;
  std::vector<std::string> filter_headers;
  std::string filter_reason;
  std::int64_t limit = 0;  // 0: all
  bool is_dry_run = false;
};

HttpTarget queue_target(const QueueFlags& flags) {
  return HttpTarget("/v1/queues", flags.http).name(flags.name);
}

Task<Result<>> list(HttpClient& client, QueueFlags flags) {
  Table table({{"NAME"},
               {"READY", Table::Align::right},
               {"UNSETTLED", Table::Align::right},
               {"BYTES", Table::Align::right},
               {"CONSUMERS", Table::Align::right}});
  HttpTarget target("/v1/queues", flags.http);
  target.query("search", flags.search).query("sort", flags.sort);
  CO_TRY(co_await for_each_item(client, target, [&](const http::JsonValue& item) -> Result<> {
    if (flags.http.is_json) {
      fmt::print("{}\n", item.to_json());
      return {};
    }
    TRY(const auto queue, expect(item.as_object()));
    table.add({shown(queue, "name"), shown(queue, "ready"), shown(queue, "unsettled"),
               shown(queue, "ready_bytes"), shown(queue, "consumers")});
    return {};
  }));
  if (!flags.http.is_json) fmt::print("{}", table.text());
  co_return Result<>{};
}

Task<Result<>> declare(HttpClient& client, QueueFlags flags) {
  http::JsonWriter json;
  json.begin_object();
  CO_TRY(write_settings(json, flags.settings, "--set"));
  json.end_object();
  CO_TRY(const std::string body,
         co_await client.call("PUT", queue_target(flags).text(), json.text()));
  if (flags.http.is_json) fmt::print("{}\n", body);
  co_return Result<>{};
}

Task<Result<>> describe(HttpClient& client, QueueFlags flags) {
  CO_TRY(const std::string body, co_await client.call("GET", queue_target(flags).text()));
  if (flags.http.is_json) {
    fmt::print("{}\n", body);
    co_return Result<>{};
  }
  CO_TRY(const auto document, expect(http::JsonDocument::parse(as_bytes(body), "answer")));
  CO_TRY(auto queue, expect(document.root().as_object()));
  fmt::print("queue {}\n", flags.name);
  print_members(queue);
  CO_TRY(const auto bindings, expect(queue.required<http::JsonArray>("bindings")));
  for (const http::JsonValue& each : bindings) {
    CO_TRY(const auto binding, expect(each.as_object()));
    fmt::print("  bound to {} with '{}'\n", shown(binding, "source"),
               shown(binding, "routing_key"));
  }
  co_return Result<>{};
}

// The value as text; JSON as it is.
std::string value_of(const http::JsonObject& message) {
  const std::string value = shown(message, "value");
  return value.empty() ? shown(message, "value_base64") : value;
}

Task<Result<>> peek(HttpClient& client, QueueFlags flags) {
  HttpTarget target = queue_target(flags);
  target.path("/messages").query("limit", fmt::format("{}", flags.peek_limit));
  CO_TRY(const std::string body, co_await client.call("GET", target.text()));
  CO_TRY(const auto document, expect(http::JsonDocument::parse(as_bytes(body), "answer")));
  CO_TRY(auto fields, expect(document.root().as_object()));
  CO_TRY(const auto messages, expect(fields.required<http::JsonArray>("messages")));
  Table table({{"EXCHANGE"}, {"ROUTING KEY"}, {"REDELIVERED"}, {"VALUE"}});
  for (const http::JsonValue& each : messages) {
    if (flags.http.is_json) fmt::print("{}\n", each.to_json());
    CO_TRY(const auto message, expect(each.as_object()));
    table.add({shown(message, "exchange"), shown(message, "routing_key"),
               shown(message, "redelivered"), value_of(message)});
  }
  if (!flags.http.is_json) fmt::print("{}", table.text());
  co_return Result<>{};
}

// One figure of the answer.
Task<Result<>> say(HttpClient& client, std::string method, std::string target, std::string body,
                   const HttpFlags& flags, std::string member, std::string sentence) {
  CO_TRY(const std::string answer,
         co_await client.call(std::move(method), std::move(target), std::move(body)));
  if (flags.is_json) {
    fmt::print("{}\n", answer);
    co_return Result<>{};
  }
  CO_TRY(const auto document, expect(http::JsonDocument::parse(as_bytes(answer), "answer")));
  CO_TRY(const auto fields, expect(document.root().as_object()));
  fmt::print("{} {}\n", shown(fields, member), sentence);
  co_return Result<>{};
}

Task<Result<>> purge(HttpClient& client, QueueFlags flags) {
  co_return co_await say(client, "DELETE", queue_target(flags).path("/messages").text(), {},
                         flags.http, "purged", "messages dropped");
}

Task<Result<>> remove(HttpClient& client, QueueFlags flags) {
  HttpTarget target = queue_target(flags);
  target.query("if_unused", flags.if_unused ? "true" : "");
  target.query("if_empty", flags.if_empty ? "true" : "");
  co_return co_await say(client, "DELETE", target.text(), {}, flags.http, "deleted_messages",
                         "messages deleted with it");
}

Result<> write_filter(http::JsonWriter& json, const QueueFlags& flags) {
  if (flags.limit > 0) json.member("limit", flags.limit);
  if (flags.is_dry_run) json.member("dry_run", true);
  json.key("filter").begin_object();
  if (!flags.filter_key.empty()) json.member("routing_key", flags.filter_key);
  if (!flags.filter_reason.empty()) json.member("reason", flags.filter_reason);
  json.key("headers").begin_object();
  for (const std::string& header : flags.filter_headers) {
    const std::size_t equals = header.find('=');
    if (equals == std::string::npos) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("--header {}: expected --header NAME=VALUE", header));
    }
    json.member(header.substr(0, equals), header.substr(equals + 1));
  }
  json.end_object().end_object();
  return {};
}

void print_moved(const QueueFlags& flags, const http::JsonObject& outcome) {
  const bool is_discard = !shown(outcome, "discarded").empty();
  const std::string_view done = is_discard ? "discarded" : "moved";
  fmt::print("{} messages {}{}, of {} that match\n", shown(outcome, std::string(done)),
             flags.is_dry_run ? "would be " : "", done, shown(outcome, "matched"));
  for (const auto& [name, value] : outcome.fields()) {
    if (name != "destinations") continue;
    const auto destinations = value.as_object();
    if (!destinations) continue;
    for (const auto& [queue, count] : destinations->fields()) {
      fmt::print("  {} to {}\n", count.to_json(), queue);
    }
  }
  const std::string unroutable = shown(outcome, "unroutable");
  const std::string refused = shown(outcome, "refused");
  if (!unroutable.empty() && unroutable != "0") {
    fmt::print("  {} stay: no queue takes them\n", unroutable);
  }
  if (!refused.empty() && refused != "0") fmt::print("  {} stay: a queue is full\n", refused);
}

Task<Result<>> move_by(HttpClient& client, QueueFlags flags, std::string how) {
  http::JsonWriter json;
  json.begin_object();
  if (how == "/move") {
    json.key("to").begin_object();
    if (!flags.to_queue.empty()) json.member("queue", flags.to_queue);
    if (!flags.to_exchange.empty()) json.member("exchange", flags.to_exchange);
    if (!flags.routing_key.empty()) json.member("routing_key", flags.routing_key);
    json.end_object();
  }
  CO_TRY(write_filter(json, flags));
  json.end_object();
  CO_TRY(const std::string body,
         co_await client.call("POST", queue_target(flags).path(how).text(), json.text()));
  if (flags.http.is_json) {
    fmt::print("{}\n", body);
    co_return Result<>{};
  }
  CO_TRY(const auto document, expect(http::JsonDocument::parse(as_bytes(body), "answer")));
  CO_TRY(const auto outcome, expect(document.root().as_object()));
  print_moved(flags, outcome);
  co_return Result<>{};
}

Task<Result<>> move(HttpClient& client, QueueFlags flags) {
  co_return co_await move_by(client, std::move(flags), "/move");
}
Task<Result<>> redrive(HttpClient& client, QueueFlags flags) {
  co_return co_await move_by(client, std::move(flags), "/redrive");
}
Task<Result<>> discard(HttpClient& client, QueueFlags flags) {
  co_return co_await move_by(client, std::move(flags), "/discard");
}

Task<Result<>> list_dead_letters(HttpClient& client, QueueFlags flags) {
  Table table({{"QUEUE"},
               {"READY", Table::Align::right},
               {"DIED IN"},
               {"REASON"},
               {"ROUTING KEY"},
               {"COUNT", Table::Align::right}});
  HttpTarget target("/v1/dead-letters", flags.http);
  CO_TRY(co_await for_each_item(
      client, target,
      [&](const http::JsonValue& item) -> Result<> {
        if (flags.http.is_json) {
          fmt::print("{}\n", item.to_json());
          return {};
        }
        TRY(auto queue, expect(item.as_object()));
        TRY(const auto origins, expect(queue.required<http::JsonArray>("from")));
        if (origins.size() == 0) {
          table.add({shown(queue, "queue"), shown(queue, "ready"), "", "", "", ""});
        }
        for (const http::JsonValue& each : origins) {
          TRY(const auto origin, expect(each.as_object()));
          table.add({shown(queue, "queue"), shown(queue, "ready"), shown(origin, "queue"),
                     shown(origin, "reason"), shown(origin, "routing_key"),
                     shown(origin, "count")});
        }
        return {};
      },
      dead_letter_queues_per_page));
  if (!flags.http.is_json) fmt::print("{}", table.text());
  co_return Result<>{};
}

using QueueTask = Task<Result<>> (*)(HttpClient&, QueueFlags);

void add_filter(CLI::App& command, QueueFlags& flags) {
  command.add_option("--key", flags.filter_key, "only messages with this routing key");
  command.add_option("--header", flags.filter_headers, "only those with this header, NAME=VALUE")
      ->allow_extra_args(false);
  command.add_option("--reason", flags.filter_reason,
                     "only those that died of this: rejected, expired, maxlen, delivery_limit");
  command.add_option("--limit", flags.limit, "at most so many; default: all")
      ->check(CLI::PositiveNumber);
  command.add_flag("--dry-run", flags.is_dry_run, "say what would be done, and do nothing");
}

// The commands of one group.
class QueueCommands {
 public:
  QueueCommands(CLI::App& group, Invocation& invocation, std::shared_ptr<QueueFlags> flags)
      : group_(group), invocation_(invocation), flags_(std::move(flags)) {
    group_.require_subcommand(1);
  }

  CLI::App& add(const char* name, const char* sentence, QueueTask task) {
    CLI::App* const command = group_.add_subcommand(name, sentence);
    flags_->http.add_to(*command);
    command->callback([&invocation = invocation_, flags = flags_, task] {
      invocation.action = [flags, task] {
        return with_http(flags->http.client,
                         [flags, task](HttpClient& client) { return task(client, *flags); });
      };
    });
    return *command;
  }
  CLI::App& add_named(const char* name, const char* sentence, QueueTask task) {
    CLI::App& command = add(name, sentence, task);
    command.add_option("name", flags_->name, "the queue's name")->required();
    return command;
  }

 private:
  CLI::App& group_;
  Invocation& invocation_;
  std::shared_ptr<QueueFlags> flags_;
};

}  // namespace

void add_queue(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<QueueFlags>();
  CLI::App* const group = app.add_subcommand("queue", "Look after queues and what is in them");
  QueueCommands queue(*group, invocation, flags);
  CLI::App& list_command = queue.add("list", "Print all queues with their counts", list);
  list_command.add_option("--search", flags->search, "only those with this in their names");
  list_command.add_option("--sort", flags->sort,
                          "name, ready, unsettled, ready_bytes, consumers; -ready: downwards");
  queue.add_named("declare", "Make a queue, unless it is there with the same settings", declare)
      .add_option("--set", flags->settings, "a setting, as message_ttl_ms=60000")
      ->allow_extra_args(false);
  queue.add_named("describe", "Print a queue's settings, counts and bindings", describe);
  queue.add_named("peek", "Print the messages that would be next; they stay", peek)
      .add_option("--limit", flags->peek_limit, "how many, 1 to 1000")
      ->capture_default_str();
  queue.add_named("purge", "Drop what is ready in a queue", purge);
  CLI::App& delete_command = queue.add_named("delete", "Delete a queue and its messages", remove);
  delete_command.add_flag("--if-unused", flags->if_unused, "only if nobody consumes from it");
  delete_command.add_flag("--if-empty", flags->if_empty, "only if nothing is ready in it");
  CLI::App& move_command =
      queue.add_named("move", "Move messages to another queue, or through an exchange", move);
  auto* const to_queue = move_command.add_option("--to", flags->to_queue, "a queue");
  move_command.add_option("--to-exchange", flags->to_exchange, "an exchange")->excludes(to_queue);
  move_command.add_option("--to-key", flags->routing_key,
                          "with --to-exchange: the routing key; default: the message's own");
  add_filter(move_command, *flags);

  QueueCommands dead(*group->add_subcommand("dlq", "Look after dead letters"), invocation, flags);
  dead.add("list", "Print which queues hold dead letters, from where and why", list_dead_letters);
  add_filter(
      dead.add_named("redrive", "Move dead letters back to the queues in which they died", redrive),
      *flags);
  add_filter(dead.add_named("discard", "Drop messages", discard), *flags);
}

}  // namespace koine::cli

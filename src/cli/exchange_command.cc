// `koine exchange list|declare|describe|delete`, `koine bind add|list|remove`, `koine route test`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "cli/http_command.h"
#include "cli/table.h"
#include "protocols/http/exchange_json.h"

namespace koine::cli {

namespace {

struct ExchangeFlags {
  HttpFlags http;
  std::string name;
  std::string type;
  std::string search;
  std::vector<std::string> settings;
  bool if_unused = false;

  // Bindings and routes.
  std::string source;
  std::string target;
  std::string target_kind = "queue";
  std::string routing_key;
  std::string id;
  std::vector<std::string> arguments;
  std::vector<std::string> headers;
};

HttpTarget exchange_target(const ExchangeFlags& flags) {
  // The exchange without a name has one in paths.
  return HttpTarget("/v1/exchanges", flags.http)
      .name(flags.name.empty() ? http::default_exchange : std::string_view(flags.name));
}

// Every item of a list: a row of these members, or its JSON.
Task<Result<>> print_list(HttpClient& client, HttpTarget target, bool is_json,
                          std::vector<Table::Column> columns, std::vector<std::string> members) {
  Table table(std::move(columns));
  CO_TRY(co_await for_each_item(client, std::move(target),
                                [&](const http::JsonValue& item) -> Result<> {
                                  if (is_json) {
                                    fmt::print("{}\n", item.to_json());
                                    return {};
                                  }
                                  TRY(const auto object, expect(item.as_object()));
                                  std::vector<std::string> row;
                                  for (const std::string& member : members)
                                    row.push_back(shown(object, member));
                                  table.add(std::move(row));
                                  return {};
                                }));
  if (!is_json) fmt::print("{}", table.text());
  co_return Result<>{};
}

Task<Result<>> list(HttpClient& client, ExchangeFlags flags) {
  HttpTarget target("/v1/exchanges", flags.http);
  target.query("search", flags.search);
  co_return co_await print_list(
      client, target, flags.http.is_json,
      {{"NAME"}, {"TYPE"}, {"DURABLE"}, {"BINDINGS", Table::Align::right}},
      {"name", "type", "durable", "binding_count"});
}

Task<Result<>> declare(HttpClient& client, ExchangeFlags flags) {
  http::JsonWriter json;
  json.begin_object();
  if (!flags.type.empty()) json.member("type", flags.type);
  CO_TRY(write_settings(json, flags.settings, "--set"));
  json.end_object();
  CO_TRY(const std::string body,
         co_await client.call("PUT", exchange_target(flags).text(), json.text()));
  if (flags.http.is_json) fmt::print("{}\n", body);
  co_return Result<>{};
}

Task<Result<>> describe(HttpClient& client, ExchangeFlags flags) {
  CO_TRY(const std::string body, co_await client.call("GET", exchange_target(flags).text()));
  if (flags.http.is_json) {
    fmt::print("{}\n", body);
    co_return Result<>{};
  }
  CO_TRY(const auto document, expect(http::JsonDocument::parse(as_bytes(body), "answer")));
  CO_TRY(const auto exchange, expect(document.root().as_object()));
  fmt::print("exchange {}\n", flags.name);
  print_members(exchange);
  co_return Result<>{};
}

Task<Result<>> remove(HttpClient& client, ExchangeFlags flags) {
  HttpTarget target = exchange_target(flags);
  target.query("if_unused", flags.if_unused ? "true" : "");
  CO_TRY(co_await client.call("DELETE", target.text()));
  co_return Result<>{};
}

Task<Result<>> bind(HttpClient& client, ExchangeFlags flags) {
  http::JsonWriter json;
  json.begin_object().member("source", flags.source).member("target", flags.target);
  json.member("target_kind", flags.target_kind).member("routing_key", flags.routing_key);
  json.key("arguments").begin_object();
  CO_TRY(write_settings(json, flags.arguments, "--argument"));
  json.end_object().end_object();
  HttpTarget target("/v1/bindings", flags.http);
  CO_TRY(const std::string body, co_await client.call("POST", target.text(), json.text()));
  if (flags.http.is_json) fmt::print("{}\n", body);
  co_return Result<>{};
}

Task<Result<>> list_bindings(HttpClient& client, ExchangeFlags flags) {
  HttpTarget target("/v1/bindings", flags.http);
  target.query("source", flags.source).query("target", flags.target);
  co_return co_await print_list(client, target, flags.http.is_json,
                                {{"SOURCE"}, {"KIND"}, {"TARGET"}, {"ROUTING KEY"}, {"ARGUMENTS"}},
                                {"source", "target_kind", "target", "routing_key", "arguments"});
}

Task<Result<>> unbind(HttpClient& client, ExchangeFlags flags) {
  HttpTarget target("/v1/bindings", flags.http);
  if (!flags.id.empty()) {
    target.query("id", flags.id);
  } else {
    target.query("source", flags.source).query("target", flags.target);
    target.query("target_kind", flags.target_kind).query("routing_key", flags.routing_key);
  }
  CO_TRY(co_await client.call("DELETE", target.text()));
  co_return Result<>{};
}

Result<> print_names(http::JsonObject& answer, std::string_view member, std::string_view kind) {
  TRY(const auto names, expect(answer.required<http::JsonArray>(member)));
  for (const http::JsonValue& each : names) {
    TRY(const auto name, expect(each.as_text()));
    fmt::print("{} {}\n", kind, name);
  }
  return {};
}

Task<Result<>> test_route(HttpClient& client, ExchangeFlags flags) {
  HttpTarget target = exchange_target(flags);
  target.path("/route").query("routing_key", flags.routing_key);
  for (const std::string& header : flags.headers) target.query("header", header);
  CO_TRY(const std::string body, co_await client.call("GET", target.text()));
  if (flags.http.is_json) {
    fmt::print("{}\n", body);
    co_return Result<>{};
  }
  CO_TRY(const auto document, expect(http::JsonDocument::parse(as_bytes(body), "answer")));
  CO_TRY(auto answer, expect(document.root().as_object()));
  CO_TRY(const auto steps, expect(answer.required<http::JsonArray>("steps")));
  Table table({{"FROM"}, {"TO"}, {"WHY"}});
  for (const http::JsonValue& each : steps) {
    CO_TRY(const auto step, expect(each.as_object()));
    table.add({shown(step, "from"), shown(step, "to"), shown(step, "rule")});
  }
  fmt::print("{}\nIt would go to:\n", table.text());
  CO_TRY(print_names(answer, "queues", "  queue"));
  CO_TRY(print_names(answer, "topics", "  topic"));
  co_return Result<>{};
}

using ExchangeTask = Task<Result<>> (*)(HttpClient&, ExchangeFlags);

class ExchangeCommands {
 public:
  ExchangeCommands(CLI::App& app, const char* name, const char* sentence, Invocation& invocation)
      : group_(*app.add_subcommand(name, sentence)), invocation_(invocation) {
    group_.require_subcommand(1);
  }

  ExchangeFlags& flags() { return *flags_; }
  CLI::App& add(const char* name, const char* sentence, ExchangeTask task) {
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
  CLI::App& add_named(const char* name, const char* sentence, ExchangeTask task) {
    CLI::App& command = add(name, sentence, task);
    command.add_option("name", flags_->name, "the exchange's name")->required();
    return command;
  }

 private:
  CLI::App& group_;
  Invocation& invocation_;
  std::shared_ptr<ExchangeFlags> flags_ = std::make_shared<ExchangeFlags>();
};

}  // namespace

void add_exchange(CLI::App& app, Invocation& invocation) {
  ExchangeCommands exchange(app, "exchange", "List, declare, describe and delete exchanges",
                            invocation);
  ExchangeFlags& flags = exchange.flags();
  exchange.add("list", "Print all exchanges", list)
      .add_option("--search", flags.search, "only those with this in their names");
  CLI::App& declare_command = exchange.add_named(
      "declare", "Make an exchange, unless it is there with the same settings", declare);
  declare_command.add_option("--type", flags.type,
                             "direct, topic, fanout, headers or x-consistent-hash");
  declare_command.add_option("--set", flags.settings, "a setting, as alternate_exchange=other")
      ->allow_extra_args(false);
  exchange.add_named("describe", "Print an exchange's settings", describe);
  exchange.add_named("delete", "Delete an exchange and its bindings", remove)
      .add_flag("--if-unused", flags.if_unused, "only if nothing is bound to it");
}

void add_bind(CLI::App& app, Invocation& invocation) {
  ExchangeCommands bind_group(app, "bind", "Bind queues, exchanges and topics to exchanges",
                              invocation);
  ExchangeFlags& flags = bind_group.flags();
  const auto add_ends = [&](CLI::App& command) {
    command.add_option("--target-kind", flags.target_kind, "queue, exchange or topic")
        ->capture_default_str();
    command.add_option("--key", flags.routing_key, "the routing key, or a pattern; default: empty");
  };
  CLI::App& add_command = bind_group.add("add", "Bind a target to a source", bind);
  add_command.add_option("source", flags.source, "an exchange or a topic")->required();
  add_command.add_option("target", flags.target, "what gets its messages")->required();
  add_ends(add_command);
  add_command.add_option("--argument", flags.arguments, "of a headers exchange, as x-match=any")
      ->allow_extra_args(false);
  CLI::App& list_command = bind_group.add("list", "Print bindings", list_bindings);
  list_command.add_option("--source", flags.source, "only those from here");
  list_command.add_option("--target", flags.target, "only those to what has this name");
  CLI::App& remove_command = bind_group.add("remove", "Remove a binding", unbind);
  auto* const source = remove_command.add_option("source", flags.source, "an exchange or a topic");
  auto* const target = remove_command.add_option("target", flags.target, "what is bound to it");
  remove_command.add_option("--id", flags.id, "as `koine bind list --json` has it")
      ->excludes(source)
      ->excludes(target);
  add_ends(remove_command);
}

void add_route(CLI::App& app, Invocation& invocation) {
  ExchangeCommands route(app, "route", "Ask where messages go", invocation);
  ExchangeFlags& flags = route.flags();
  CLI::App& test = route.add_named(
      "test", "Print where a message would go, and why; nothing is sent", test_route);
  test.add_option("key", flags.routing_key, "its routing key");
  test.add_option("--header", flags.headers, "a header of it, NAME:VALUE")->allow_extra_args(false);
}

}  // namespace koine::cli

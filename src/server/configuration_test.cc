#include "server/configuration.h"

#include <gtest/gtest.h>

#include <set>

#include "core/access_token.h"

namespace koine::server {
namespace {

ConfigurationInput from_file(std::string text) {
  ConfigurationInput input;
  input.file_name = "koine.toml";
  input.file_text = std::move(text);
  return input;
}

ConfigurationInput from_flags(std::vector<std::string> flags) {
  ConfigurationInput input;
  input.flags = std::move(flags);
  return input;
}

std::string refusal(const ConfigurationInput& input) {
  const auto loaded = Configuration::load(input);
  if (loaded) return "accepted";
  EXPECT_EQ(loaded.error().code(), ErrorCode::invalid_argument);
  return loaded.error().message();
}

std::string credential(core::ScramHash hash) {
  return core::ScramCredential::derive(hash, "secret", as_bytes("salt"), core::scram_iterations_min)
      .to_string();
}

TEST(Configuration, EveryDefaultIsOneThatTheSettingAccepts) {
  const Settings defaults;
  std::set<std::string_view> names;
  for (const Setting& setting : all_settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    std::string text = value_of(defaults, setting);
    if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
    Settings other;
    EXPECT_TRUE(assign(other, setting, text)) << setting.name;
    EXPECT_EQ(value_of(other, setting), value_of(defaults, setting));
    EXPECT_FALSE(setting.sentence.empty());
  }
  EXPECT_TRUE(Configuration::load({}));
}

TEST(Configuration, AFlagGoesBeforeAVariableBeforeTheFileBeforeTheDefault) {
  auto input = from_file("shards = 2\ndurability = \"os\"\n[topics]\ndefault_partitions = 3\n");
  input.environment = {"KOINE_SHARDS=4", "KOINE_TOPICS__DEFAULT_PARTITIONS=5", "PATH=/bin"};
  input.flags = {"shards=6"};
  const auto loaded = Configuration::load(input).value();
  EXPECT_EQ(loaded.settings.shards, 6);
  EXPECT_EQ(loaded.settings.topics_default_partitions, 5);
  EXPECT_EQ(loaded.settings.durability, journal::Durability::os);
  EXPECT_EQ(loaded.settings.connections_max, Settings().connections_max);
  EXPECT_EQ(loaded.source_of(*find_setting("shards")), "--set");
  EXPECT_EQ(loaded.source_of(*find_setting("topics.default_partitions")),
            "KOINE_TOPICS__DEFAULT_PARTITIONS");
  EXPECT_EQ(loaded.source_of(*find_setting("durability")), "koine.toml:2");
  EXPECT_EQ(loaded.source_of(*find_setting("connections.max")), "default");
}

TEST(Configuration, AnUnknownSettingIsRefusedWithItsPlace) {
  EXPECT_TRUE(refusal(from_file("\n[listen]\nkafak = \"a:1\"\n"))
                  .starts_with("koine.toml:3: listen.kafak: there is no such setting"));
  EXPECT_TRUE(refusal(from_flags({"nonsense=1"})).starts_with("--set: nonsense: there is no such"));
  ConfigurationInput input;
  input.environment = {"KOINE_LISTEN__KAFAK=a:1"};
  EXPECT_TRUE(refusal(input).starts_with("KOINE_LISTEN__KAFAK: listen.kafak: there is no such"));
}

TEST(Configuration, AVariableWithoutLevelsThatIsNoSettingIsNoticed) {
  ConfigurationInput input;
  input.environment = {"KOINE_PORT=tcp://10.0.0.1:7700"};
  EXPECT_EQ(Configuration::load(input).value().notices.at(0), "KOINE_PORT: is not a setting");
}

TEST(Configuration, AWrongValueIsRefusedWithWhatWasExpected) {
  EXPECT_EQ(refusal(from_file("shards = 1000")),
            "koine.toml:1: shards: found \"1000\", expected a whole number from 0 to 256");
  EXPECT_EQ(refusal(from_flags({"durability=maybe"})),
            "--set: durability: found \"maybe\", expected disk or os");
  EXPECT_EQ(refusal(from_flags({"listen.kafka=9092"})),
            "--set: listen.kafka: found \"9092\", expected HOST:PORT");
  EXPECT_EQ(refusal(from_flags({"kafka.advertised=host:0"})),
            "--set: kafka.advertised: found \"host:0\", expected HOST:PORT or nothing");
  EXPECT_EQ(refusal(from_flags({"tls.required=yes"})),
            "--set: tls.required: found \"yes\", expected true or false");
  EXPECT_EQ(refusal(from_flags({"log.level=loud"})),
            "--set: log.level: found \"loud\", expected debug or info or warning or error");
  EXPECT_TRUE(refusal(from_flags({"memory.cache_bytes=1KiB"})).contains("found \"1KiB\""));
  EXPECT_TRUE(refusal(from_flags({"memory.cache_bytes=99999999999999999GiB"})).contains("found"));
  EXPECT_TRUE(refusal(from_flags({"shards=2KiB"})).contains("found \"2KiB\""));
}

TEST(Configuration, WhatIsNotTomlIsRefusedWithItsLine) {
  EXPECT_TRUE(refusal(from_file("shards = 1\nshards =\n")).starts_with("koine.toml:2: "));
  EXPECT_EQ(refusal(from_file("shards = [1]")),
            "koine.toml:1: shards: expected a number, a text, true or false");
  EXPECT_EQ(refusal(from_flags({"shards"})), "--set shards: expected --set NAME=VALUE");
}

TEST(Configuration, BytesMayHaveUnits) {
  const auto loaded = Configuration::load(from_flags({"memory.cache_bytes=64MiB"})).value();
  EXPECT_EQ(loaded.settings.memory_cache_bytes, 64 * MiB);
}

TEST(Configuration, Port0IsForEveryListenerThatIsNotSet) {
  auto input = from_flags({"listen.kafka=127.0.0.1:9999"});
  input.port = 0;
  input.host = "localhost";
  const auto loaded = Configuration::load(input).value();
  EXPECT_EQ(loaded.settings.listen_any, (io::Endpoint{"localhost", 0}));
  EXPECT_EQ(loaded.settings.listen_kafka, (io::Endpoint{"127.0.0.1", 9999}));
  EXPECT_EQ(loaded.settings.listen_amqp, (io::Endpoint{"localhost", 0}));
  EXPECT_EQ(loaded.settings.listen_http, (io::Endpoint{"localhost", 0}));
}

// As tests and supervisors start a server again where it was.
TEST(Configuration, Port0LeavesListenersThatAreSet) {
  auto input = from_flags({"listen.any=127.0.0.1:1", "listen.kafka=127.0.0.1:2"});
  input.port = 0;
  const auto loaded = Configuration::load(input).value();
  EXPECT_EQ(loaded.settings.listen_any.port, 1);
  EXPECT_EQ(loaded.settings.listen_kafka.port, 2);
}

TEST(Configuration, APortIsThatOfListenAny) {
  auto input = from_file("listen.any = \"127.0.0.1:1\"");
  input.port = 7800;
  const auto loaded = Configuration::load(input).value();
  EXPECT_EQ(loaded.settings.listen_any.port, 7800);
  EXPECT_EQ(loaded.settings.listen_kafka.port, 9092);
}

TEST(Configuration, HostAndPortThatWouldHaveNoEffectAreRefused) {
  auto input = from_flags({"listen.any=127.0.0.1:1", "listen.kafka=127.0.0.1:2",
                           "listen.amqp=127.0.0.1:3", "listen.http=127.0.0.1:4"});
  input.host = "localhost";
  EXPECT_EQ(refusal(input), "--host: every listener is set already");
  input.host.reset();
  input.port = 5;
  EXPECT_EQ(refusal(input), "--port: contradicts --set listen.any");
}

TEST(Configuration, UsersHaveCredentialsAndNoPasswords) {
  const std::string sha256 = credential(core::ScramHash::sha256);
  const auto loaded =
      Configuration::load(from_file("[users.\"a.b\"]\nscram_sha_256 = \"" + sha256 + "\"")).value();
  EXPECT_NE(loaded.settings.users.find("a.b", core::ScramHash::sha256), nullptr);
  EXPECT_TRUE(loaded.to_toml().contains("# users.a.b.scram_sha_256 is set by koine.toml:2\n"));
  EXPECT_FALSE(loaded.to_toml().contains(sha256));

  const std::string password = refusal(from_file("[users.alice]\npassword = \"secret\""));
  EXPECT_TRUE(password.starts_with("koine.toml:2: users.alice.password: a user has"));
  EXPECT_FALSE(password.contains("secret"));
  EXPECT_TRUE(refusal(from_flags({"users.alice=x"})).contains("expected users.NAME.scram_sha_256"));
  EXPECT_TRUE(refusal(from_flags({"users.a.scram_sha_512=" + sha256}))
                  .contains("is a credential of SCRAM-SHA-256"));
  EXPECT_TRUE(refusal(from_flags({"users.a.token=koine_secret"}))
                  .starts_with("--set: users.a.token: expected SHA-256$DIGEST"));
  EXPECT_TRUE(Configuration::load(from_flags(
      {"users.a.token=" + core::token_digest_to_text(core::digest_of_token("koine_secret"))})));
  EXPECT_TRUE(refusal(from_flags({"users.a.scram_sha_256=secret"}))
                  .starts_with("--set: users.a.scram_sha_256: it is not a SCRAM credential"));
}

TEST(Configuration, AnAddressThatOthersCanReachNeedsUsers) {
  EXPECT_TRUE(refusal(from_flags({"listen.any=0.0.0.0:7700"})).starts_with("listen.any: 0.0.0.0"));
  EXPECT_TRUE(
      refusal(from_flags({"listen.any=127.example.org:7700"})).starts_with("listen.any: 127."));
  EXPECT_TRUE(refusal(from_flags({"listen.kafka=[::]:1"})).starts_with("listen.kafka: [::]:1"));
  EXPECT_TRUE(refusal(from_flags({"listen.amqp=[::]:1"})).starts_with("listen.amqp: [::]:1"));
  EXPECT_TRUE(refusal(from_flags({"listen.http=[::]:1"})).starts_with("listen.http: [::]:1"));
  EXPECT_TRUE(Configuration::load(
      from_flags({"listen.any=0.0.0.0:7700", "security.allow_anonymous=true"})));
  EXPECT_TRUE(Configuration::load(
      from_flags({"listen.any=0.0.0.0:7700",
                  "users.a.scram_sha_512=" + credential(core::ScramHash::sha512)})));
}

TEST(Configuration, SettingsThatContradictEachOtherAreRefused) {
  const auto starts = [](std::vector<std::string> flags, std::string_view start) {
    return refusal(from_flags(std::move(flags))).starts_with(start);
  };
  EXPECT_TRUE(starts({"tls.certificate=c"}, "tls.certificate: needs tls.key"));
  EXPECT_TRUE(starts({"tls.key=k"}, "tls.key: needs tls.certificate"));
  EXPECT_TRUE(starts({"tls.client_ca=c"}, "tls.client_ca: needs"));
  EXPECT_TRUE(starts({"tls.required=true"}, "tls.required: needs"));
  EXPECT_TRUE(
      starts({"listen.kafka=127.0.0.1:7700"}, "listen.kafka: 127.0.0.1:7700 is listen.any"));
  EXPECT_TRUE(
      starts({"listen.amqp=127.0.0.1:9092"}, "listen.amqp: 127.0.0.1:9092 is listen.kafka"));
  EXPECT_TRUE(starts({"listen.http=127.0.0.1:7700"}, "listen.http: 127.0.0.1:7700 is listen.any"));
  EXPECT_TRUE(starts({"listen.kafka=[::1]:7700"}, "listen.kafka: [::1]:7700 is listen.any"));
  EXPECT_TRUE(starts({"listen.any=127.0.0.1:1", "listen.kafka=localhost:1"},
                     "listen.kafka: localhost:1 is listen.any"));
  EXPECT_TRUE(starts({"http.cors_origins=example.com"}, "http.cors_origins: found 'example.com'"));
  EXPECT_TRUE(
      starts({"http.cors_origins=*,https://a/b"}, "http.cors_origins: found 'https://a/b'"));
  EXPECT_TRUE(starts({"http.hosts=shop.test,a:80"}, "http.hosts: found 'a:80'"));
  EXPECT_TRUE(starts({"amqp.vhosts=/,test,/"}, "amqp.vhosts: a virtual host is named twice"));
  EXPECT_TRUE(starts({"amqp.vhosts=/,"}, "amqp.vhosts: a name of 0 bytes"));
  EXPECT_TRUE(starts({"groups.session_timeout_min_ms=2000000"}, "groups.session_timeout_min_ms"));
  EXPECT_TRUE(starts({"topics.partitions_max=1", "topics.default_partitions=2"}, "topics.default"));
  EXPECT_TRUE(starts({"memory.request_bytes=1MiB"}, "kafka.request_bytes_max"));
  EXPECT_TRUE(starts({"journal.chunk_bytes=1MiB"}, "topics.message_bytes_max"));
  EXPECT_TRUE(starts({"journal.chunk_bytes=32MiB"}, "amqp.message_bytes_max"));
  EXPECT_TRUE(starts({"data.directory="}, "data.directory: is empty"));
}

TEST(Configuration, WhatItPrintsCanBeReadAgain) {
  const auto loaded = Configuration::load(from_flags({"shards=3", "tls.required=false"})).value();
  const std::string text = loaded.to_toml();
  EXPECT_TRUE(text.contains("shards = 3"));
  EXPECT_TRUE(text.contains("# --set"));
  EXPECT_EQ(Configuration::load(from_file(text)).value().settings.shards, 3);
}

TEST(Configuration, TheDocumentationHasEverySetting) {
  const std::string table = settings_as_markdown();
  for (const Setting& setting : all_settings()) {
    EXPECT_TRUE(table.contains("`" + std::string(setting.name) + "`")) << setting.name;
  }
}

}  // namespace
}  // namespace koine::server

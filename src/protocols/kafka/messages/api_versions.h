// ApiVersions (key 18): which APIs and versions the server speaks. The first request of most clients; a server that does
// not know its version answers in version 0 with the list filled (KIP-511), and the response header is always version 0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"

namespace koine::kafka {

struct ApiVersionsRequest {
  static constexpr ApiKey api = ApiKey::api_versions;
  static constexpr Direction direction = Direction::request;

  std::string client_software_name;
  std::string client_software_version;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("client_software_name", x.client_software_name, since(3));
    v("client_software_version", x.client_software_version, since(3));
  }
};

struct ApiVersionsResponse {
  static constexpr ApiKey api = ApiKey::api_versions;
  static constexpr Direction direction = Direction::response;

  struct Api {
    std::int16_t api_key = 0;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("api_key", x.api_key);
      v("min_version", x.min_version);
      v("max_version", x.max_version);
    }
  };

  struct SupportedFeature {
    std::string name;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("min_version", x.min_version);
      v("max_version", x.max_version);
    }
  };

  struct FinalizedFeature {
    std::string name;
    std::int16_t max_version_level = 0;
    std::int16_t min_version_level = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("max_version_level", x.max_version_level);
      v("min_version_level", x.min_version_level);
    }
  };

  KafkaError error_code = KafkaError::none;
  std::vector<Api> api_keys;
  std::int32_t throttle_time_ms = 0;
  std::vector<SupportedFeature> supported_features;
  std::int64_t finalized_features_epoch = -1;
  std::vector<FinalizedFeature> finalized_features;
  bool zk_migration_ready = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("error_code", x.error_code);
    v("api_keys", x.api_keys);
    v("throttle_time_ms", x.throttle_time_ms, since(1));
    v("supported_features", x.supported_features, since(3).tagged(0));
    v("finalized_features_epoch", x.finalized_features_epoch, since(3).tagged(1, -1));
    v("finalized_features", x.finalized_features, since(3).tagged(2));
    v("zk_migration_ready", x.zk_migration_ready, since(3).tagged(3));
  }
};

}  // namespace koine::kafka

#include "protocols/kafka/handlers/api_versions.h"

#include <algorithm>
#include <utility>

#include "protocols/kafka/handlers/table.h"

namespace koine::kafka {

namespace {

// A name and a version that logs can show: KIP-511 allows these characters, and we bound the length.
constexpr std::size_t software_length_max = 64;

bool is_software_name(const std::string& text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  };
  return !text.empty() && text.size() <= software_length_max && is_allowed(text.front()) &&
         is_allowed(text.back()) && text.front() != '-' && text.back() != '-' &&
         text.front() != '.' && text.back() != '.' && std::ranges::all_of(text, is_allowed);
}

std::vector<ApiVersionsResponse::Api> spoken() {
  std::vector<ApiVersionsResponse::Api> apis;
  for (const Operation& operation : operations()) {
    const VersionRange versions = api_of(operation.key).advertised;
    apis.push_back({static_cast<std::int16_t>(operation.key), versions.min, versions.max});
  }
  return apis;
}

}  // namespace

Task<ApiVersionsResponse> handle(Scope& scope, ApiVersionsRequest request, Version version) {
  constexpr Version first_with_software = 3;
  if (version >= first_with_software) {
    if (!is_software_name(request.client_software_name) ||
        !is_software_name(request.client_software_version)) {
      co_return ApiVersionsResponse{.error_code = KafkaError::invalid_request};
    }
    scope.connection.client_software_name = std::move(request.client_software_name);
    scope.connection.client_software_version = std::move(request.client_software_version);
  }
  co_return ApiVersionsResponse{.api_keys = spoken()};
}

ApiVersionsResponse unsupported_api_versions() {
  return {.error_code = KafkaError::unsupported_version, .api_keys = spoken()};
}

}  // namespace koine::kafka

#include "protocols/amqp/direct_replies.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/check.h"

namespace koine::amqp {

namespace {

// The whole of the text must be a number.
template <typename T>
std::optional<T> number_in(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string ReplyAddress::to_string() const {
  return fmt::format("{}.{}.{:016x}", direct_reply_name, shard.value(), token);
}

std::optional<ReplyAddress> ReplyAddress::parse(std::string_view routing_key) {
  if (!routing_key.starts_with(direct_reply_name)) return std::nullopt;
  routing_key.remove_prefix(direct_reply_name.size());
  if (!routing_key.starts_with('.')) return std::nullopt;
  routing_key.remove_prefix(1);
  const std::size_t dot = routing_key.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto shard = number_in<ShardId::rep>(routing_key.substr(0, dot), 10);
  const auto token = number_in<std::uint64_t>(routing_key.substr(dot + 1), 16);
  if (!shard || !token) return std::nullopt;
  return ReplyAddress{.shard = ShardId(*shard), .token = *token};
}

void DirectReplies::join(runtime::Shard& shard) {
  const std::scoped_lock lock(mutex_);
  const std::size_t index = shard.id().value();
  if (places_.size() <= index) places_.resize(index + 1);
  places_[index] = std::make_unique<Place>();
  places_[index]->shard = &shard;
}

DirectReplies::Place* DirectReplies::place_of(ShardId shard) {
  const std::scoped_lock lock(mutex_);
  return shard.value() < places_.size() ? places_[shard.value()].get() : nullptr;
}

void DirectReplies::add(const ReplyAddress& address, ReplyReceiver& receiver) {
  Place* const place = place_of(address.shard);
  CHECK(place != nullptr);
  place->receivers.emplace(address.token, &receiver);
}

void DirectReplies::remove(const ReplyAddress& address) {
  Place* const place = place_of(address.shard);
  CHECK(place != nullptr);
  place->receivers.erase(address.token);
}

bool DirectReplies::deliver(Place& place, std::uint64_t token, const core::MessageView& message) {
  const auto found = place.receivers.find(token);
  if (found == place.receivers.end()) return false;
  found->second->take_reply(message);
  return true;
}

bool DirectReplies::send(runtime::Shard& from, const ReplyAddress& address,
                         const core::MessageView& message) {
  Place* const place = place_of(address.shard);
  if (place == nullptr) return false;
  if (place->shard == &from) return deliver(*place, address.token, message);
  std::vector<std::byte> stored;
  core::encode_message(message, stored);
  place->shard->reactor().post([place, token = address.token, stored = std::move(stored)] {
    const auto decoded = core::decode_message(stored);
    CHECK(decoded.has_value());
    deliver(*place, token, *decoded);
  });
  return true;
}

Task<bool> DirectReplies::has(Place* place, std::uint64_t token) {
  co_return place->receivers.contains(token);
}

Task<bool> DirectReplies::exists(runtime::Shard& from, ReplyAddress address) {
  Place* const place = place_of(address.shard);
  if (place == nullptr) co_return false;
  co_return co_await runtime::call_on<bool>(
      from, *place->shard, [place, token = address.token] { return has(place, token); });
}

}  // namespace koine::amqp

#include "protocols/amqp/method_table.h"

#include <fmt/format.h>

#include <array>

#include "protocols/amqp/codec.h"
#include "protocols/amqp/messages/all.h"
#include "protocols/amqp/method_text.h"

namespace koine::amqp {

namespace {

template <typename Method>
Outcome<std::string> text(Reader& reader) {
  TRY(const auto method, decode<Method>(reader));
  MethodText text;
  Method::fields(text, method);
  return text.take();
}

template <typename Method>
Outcome<> recode(Reader& reader, Writer& writer) {
  TRY(const auto method, decode<Method>(reader));
  encode(writer, method);
  return {};
}

template <typename... Methods>
constexpr auto entries_of(MethodList<Methods...>) {
  return std::to_array<MethodEntry>(
      {{Methods::id, Methods::name, text<Methods>, recode<Methods>}...});
}

constexpr auto entries = entries_of(AllMethods());

}  // namespace

std::span<const MethodEntry> method_table() { return entries; }

const MethodEntry* find_method(MethodId id) {
  for (const MethodEntry& entry : entries) {
    if (entry.id == id) return &entry;
  }
  return nullptr;
}

std::string name_of(MethodId id) {
  const MethodEntry* const entry = find_method(id);
  return entry != nullptr ? std::string(entry->name)
                          : fmt::format("method {},{}", class_of(id), method_of(id));
}

}  // namespace koine::amqp

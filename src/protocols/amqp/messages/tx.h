// The tx class (90): what is published and acknowledged takes effect at once, or not at all.
#pragma once

#include <cstdint>

#include "protocols/amqp/method_id.h"

namespace koine::amqp {

struct TxSelect {
  static constexpr MethodId id = MethodId::tx_select;
  static constexpr const char* name = "tx.select";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct TxSelectOk {
  static constexpr MethodId id = MethodId::tx_select_ok;
  static constexpr const char* name = "tx.select-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct TxCommit {
  static constexpr MethodId id = MethodId::tx_commit;
  static constexpr const char* name = "tx.commit";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct TxCommitOk {
  static constexpr MethodId id = MethodId::tx_commit_ok;
  static constexpr const char* name = "tx.commit-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct TxRollback {
  static constexpr MethodId id = MethodId::tx_rollback;
  static constexpr const char* name = "tx.rollback";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

struct TxRollbackOk {
  static constexpr MethodId id = MethodId::tx_rollback_ok;
  static constexpr const char* name = "tx.rollback-ok";

  template <typename V, typename T>
  static void fields(V&, T&) {}
};

}  // namespace koine::amqp

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/idempotency.hpp"
#include "api/ims/writing.hpp"

/// Writes of what the gateway itself keeps, a struct and a table each: tenants, users, roles. One creation, one update
/// and one removal for all of them, each a transaction of the store.
namespace netweave::api::ims {

/// A change as it is about to be committed. It is staged by then: a transaction's `get` shows what will be.
template <class T>
struct DocumentChange {
  const Call& call;
  state::Transaction& transaction;
  std::string_view tenant;    ///< whose it is
  const T* before = nullptr;  ///< nullptr of a creation
  const T* after = nullptr;   ///< nullptr of a removal
};

/// What is particular about a kind of them.
template <class T>
struct Documents {
  Kind kind;
  std::span<const std::string_view> optional;  ///< required members that a creation may leave out
  std::span<const std::string_view> kept;      ///< members that a PUT may leave out, beside what can't change
  /// Fills in what was left out, and adds what is wrong with the rest.
  void (*complete)(T& wanted, std::vector<Fault>& faults);
  /// Whether it may be; may run again. Errors are the answer.
  Result<void> (*decide)(const DocumentChange<T>& change);
};

template <class T>
void create_document(const CallRef& call, const Documents<T>& documents, Idempotency& idempotency);
/// PUT or PATCH, by the request's method.
template <class T>
void update_document(const CallRef& call, const Documents<T>& documents, const std::string& id);
template <class T>
void remove_document(const CallRef& call, const Documents<T>& documents, const std::string& id);

/// Stages an object that stands in the store alone.
template <class T>
void put_document(state::Transaction& transaction, Kind kind, const std::string& id, const T& object,
                  std::string_view tenant) {
  model::Draft draft;
  draft.kind = kind;
  draft.id = id;
  draft.json = model::to_json(model::table_of(kind), object);
  if (tenant != model::default_tenant) draft.tenant = tenant;
  transaction.put(draft);
}

/// Offers a step to the writer, and answers: what it failed with, 503, or as `answer` does.
void commit_step(const CallRef& call, state::Step step, std::function<void()> answer);

}  // namespace netweave::api::ims

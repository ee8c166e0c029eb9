#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "state/state.hpp"

namespace netweave::test {

/// A state that is told what there is, object by object.
class World {
 public:
  model::ObjectRef put(Kind kind, std::string id, std::string json, std::string_view tenant = {},
                       std::string_view pool = {}) {
    model::Draft draft;
    draft.kind = kind;
    draft.id = std::move(id);
    draft.json = std::move(json);
    draft.tenant = tenant;
    draft.pool = pool;
    auto object = model::Object::make(draft);
    object.stamp(++revision_);
    model::ObjectRef& known = known_[{kind, draft.id}];
    store::Entry entry{revision_, 0, object, known};
    state.apply({&entry, 1});
    return known = object;
  }
  [[nodiscard]] state::SnapshotRef now() const { return state.snapshot(); }

  state::State state{0};

 private:
  model::Revision revision_ = 0;
  std::map<std::pair<Kind, std::string>, model::ObjectRef> known_;
};

}  // namespace netweave::test

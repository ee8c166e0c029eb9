#pragma once

#include <functional>
#include <unordered_set>
#include <vector>

#include "store/redis/journal.hpp"

namespace netweave::store::redis {

/// One load: the fold is scanned while others commit, then what they committed meanwhile is folded over it. One thread.
class Loader {
 public:
  explicit Loader(Journal& journal) : journal_(journal) {}

  /// See Log::load.
  Result<Revision> load(const std::function<void(ObjectRef)>& each);

  /// What is beside the objects, and these, as of the same moment; this process follows nothing by it. `aside`:
  /// aside_script's reply.
  struct Copy {
    Revision head = 0;
    Reply aside;
    std::size_t objects = 0;
  };
  Result<Copy> copy();
  /// What `copy` found, once; ends with the first fault.
  std::optional<Error> each(const std::function<std::optional<Error>(const model::Object&)>& take);

 private:
  /// nullopt: the epoch changed under it, or the log was trimmed past its beginning: once more.
  Result<std::optional<Revision>> attempt();
  Result<std::optional<Copy>> attempt_copy();
  /// Scans from where the log stands: that, and its beginning.
  Result<std::optional<std::pair<Seen, Revision>>> gather();
  std::optional<Error> scan(Connection& connection);
  std::optional<Error> take(View fields);
  Result<std::optional<Revision>> replay(Seen& seen, Revision target = 0);
  void fold(Entry entry);
  Result<std::optional<Revision>> settle(const Seen& seen, Revision oldest);

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const ObjectRef& object) const { return (*this)(*object); }
    std::size_t operator()(const model::Object& object) const {
      return std::hash<std::string_view>()(object.id()) * 31 + static_cast<std::size_t>(object.kind());
    }
  };
  struct Equal {
    using is_transparent = void;
    static const model::Object& of(const ObjectRef& object) { return *object; }
    static const model::Object& of(const model::Object& object) { return object; }
    bool operator()(const auto& a, const auto& b) const {
      return of(a).kind() == of(b).kind() && of(a).id() == of(b).id();
    }
  };

  Journal& journal_;
  model::Draft scratch_;
  std::unordered_set<ObjectRef, Hash, Equal> objects_;
};

}  // namespace netweave::store::redis

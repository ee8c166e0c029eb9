#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/call.hpp"
#include "api/oran/face.hpp"
#include "api/oran/sites.hpp"

namespace netweave::api::oran {

/// The UUID of this O-Cloud: its own id where that is one, else made of it.
std::string o_cloud_uuid(const OCloudConfig& config);

/// What the objects of one snapshot look like to this family. Keeps the snapshot. One thread at a time.
class View {
 public:
  View(const OCloudConfig& config, state::SnapshotRef snapshot, tenancy::Scope scope);
  /// What the call may see of the newest state.
  explicit View(const Call& call);

  [[nodiscard]] const state::SnapshotRef& snapshot() const noexcept { return snapshot_; }
  [[nodiscard]] const tenancy::Scope& scope() const noexcept { return scope_; }
  [[nodiscard]] const std::string& o_cloud() const noexcept { return o_cloud_; }
  [[nodiscard]] const std::string& own_o_cloud() const noexcept { return config_.id; }
  /// The object that `id` names, its UUID or our own id; nullptr where there is none.
  [[nodiscard]] const model::Object* find(Kind kind, std::string_view id) const;
  /// Every pool, by id.
  [[nodiscard]] std::vector<const model::Object*> pools() const;
  /// The UUID of the object of that own id, there or not.
  const std::string& uuid_of(Kind kind, std::string_view own);
  /// The object that a link's stored values name: the first text of them; nullptr where there is none.
  [[nodiscard]] const model::Object* linked(const Attribute& link, std::span<const query::Scalar> values) const;
  [[nodiscard]] const model::Object* linked(const Attribute& link, const model::Object& object) const;
  /// Who says which pool is part of which site; made when it is first asked for.
  const SiteRules& sites();
  [[nodiscard]] const OCloudConfig& config() const noexcept { return config_; }

  /// Adds the object as the face shows it, as JSON.
  void append(const Face& face, const model::Object& object, std::string& out);
  /// What the object shows that is no part of it, and its tags must tell; empty where there is nothing of that.
  std::string shown_beside(const Face& face, const model::Object& object);

 private:
  using Members = std::vector<std::pair<std::string_view, std::string_view>>;
  void append_value(const Face& face, const Attribute& attribute, const model::Object& object, std::string& out);
  void append_linked(const Face& face, const model::Object& object, std::string& out);
  std::string_view member(std::string_view name) const noexcept;

  const OCloudConfig& config_;
  state::SnapshotRef snapshot_;
  tenancy::Scope scope_;
  std::string o_cloud_;
  std::map<Kind, std::unordered_map<std::string, std::string>> uuids_;  // by own id
  std::unique_ptr<const SiteRules> sites_;
  Members members_;  // of the object that is being written
};

}  // namespace netweave::api::oran

#include "adapters/ledger.hpp"

namespace netweave::adapters {
namespace {

Value kind_value(Kind kind) { return static_cast<std::int64_t>(kind); }
Kind to_kind(const Value& json) { return static_cast<Kind>(json.at("kind").as_integer()); }
std::string text(const Value& json, std::string_view name) { return std::string(json.at(name).as_text()); }
Value parse(const model::Object& object) { return Value::parse(object.json()).value_or(Value::object()); }

model::Draft draft_of(Kind kind, std::string id, const std::string& adapter, const Value& json) {
  model::Draft draft;
  draft.kind = kind;
  draft.id = std::move(id);
  draft.adapter = adapter;
  draft.json = json.to_json();
  return draft;
}

}  // namespace

std::string overlay_id(Kind kind, std::string_view native_id) {
  return std::string(to_string(kind)).append("/").append(native_id);
}

std::string tombstone_id(Kind kind, std::string_view native_id, std::string_view uid) {
  return overlay_id(kind, native_id).append("/").append(uid);
}

model::Draft to_draft(const Overlay& overlay) {
  Value json;
  json["kind"] = kind_value(overlay.kind);
  json["nativeId"] = overlay.native_id;
  json["id"] = overlay.id;
  json["uid"] = overlay.uid;
  json["kept"] = overlay.kept;
  json["fields"] = overlay.fields;
  if (!overlay.tenant.empty()) json["tenant"] = overlay.tenant;
  return draft_of(model::overlay, overlay_id(overlay.kind, overlay.native_id), overlay.adapter, json);
}

model::Draft to_draft(const Intent& intent) {
  Value json;
  json["kind"] = kind_value(intent.kind);
  json["operation"] = intent.operation;
  json["id"] = intent.id;
  json["nativeId"] = intent.native_id;
  json["body"] = intent.body;
  if (!intent.tenant.empty()) json["tenant"] = intent.tenant;
  json["member"] = intent.member;
  json["time"] = intent.time;
  bool creates = intent.operation == "create";
  if (creates) json["creates"] = to_string(intent.kind);
  model::Draft draft = draft_of(model::intent, intent.token, intent.adapter, json);
  if (creates) draft.type = to_string(intent.kind);  // with the tenant, what quotas count by
  if (intent.tenant != model::default_tenant) draft.tenant = intent.tenant;
  return draft;
}

model::Draft to_draft(const Tombstone& tombstone) {
  Value json;
  json["kind"] = kind_value(tombstone.kind);
  json["nativeId"] = tombstone.native_id;
  json["uid"] = tombstone.uid;
  json["pending"] = tombstone.pending;
  json["deadline"] = tombstone.deadline;
  return draft_of(model::tombstone, tombstone_id(tombstone.kind, tombstone.native_id, tombstone.uid), tombstone.adapter,
                  json);
}

model::Draft to_draft(const Checkpoint& checkpoint) {
  Value json;
  json["bytes"] = checkpoint.bytes;
  json["time"] = checkpoint.time;
  return draft_of(model::checkpoint, checkpoint.adapter, checkpoint.adapter, json);
}

Overlay to_overlay(const model::Object& object) {
  Value json = parse(object);
  return {to_kind(json),     std::string(object.adapter()), text(json, "nativeId"), text(json, "id"),
          text(json, "uid"), json.at("kept").as_bool(),     json.at("fields"),      text(json, "tenant")};
}

Intent to_intent(const model::Object& object) {
  Value json = parse(object);
  Intent intent;
  intent.token = object.id();
  intent.adapter = object.adapter();
  intent.operation = text(json, "operation");
  intent.kind = to_kind(json);
  intent.id = text(json, "id");
  intent.native_id = text(json, "nativeId");
  intent.body = json.at("body");
  intent.tenant = text(json, "tenant");
  intent.member = text(json, "member");
  intent.time = json.at("time").as_integer();
  intent.revision = object.revision();
  return intent;
}

Tombstone to_tombstone(const model::Object& object) {
  Value json = parse(object);
  return {to_kind(json),     std::string(object.adapter()), text(json, "nativeId"),
          text(json, "uid"), json.at("pending").as_bool(),  json.at("deadline").as_integer(),
          object.revision()};
}

/// The first version wrote the bytes alone.
Checkpoint to_checkpoint(const model::Object& object) {
  Value json = parse(object);
  if (json.is_text()) return {std::string(object.adapter()), std::string(json.as_text()), 0};
  return {std::string(object.adapter()), text(json, "bytes"), json.at("time").as_integer()};
}

}  // namespace netweave::adapters

#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "netweave/model.hpp"

#include "base/time.hpp"

namespace netweave::model {

/// A position in the log. 0: none.
using Revision = std::uint64_t;

/// What an Object is made from. `pool` and `type` are the ids that a resource stands under; they must occur in `json`
/// as written there, or be empty. At most 255 bytes: adapter, tenant; 65,535: the other texts; 2 GiB: the JSON.
struct Draft {
  Kind kind = Kind::resource;
  std::string id;
  std::string json;  ///< the object in the newest version's shape, without tenantId: that is spliced on
  std::string pool;
  std::string type;
  std::string adapter;        ///< who observes it; empty for the gateway's own documents
  std::string reference;      ///< the adapter's own id where another was given
  std::string uid;            ///< the backend's identity
  std::string tenant;         ///< empty: the default tenant
  std::uint64_t version = 0;  ///< the backend's ordered version
  Revision revision = 0;      ///< the commit gives it
};

class ObjectRef;

/// Where nobody said otherwise, everything is this tenant's.
inline constexpr std::string_view default_tenant = "default";

/// One object as the log holds it: immutable once committed, shared, a single allocation with its JSON inside (that
/// is what keeps a million of them below twice their JSON). Safe from any thread.
class Object {
 public:
  /// Throws std::invalid_argument where the draft breaks what it says of itself.
  static ObjectRef make(const Draft& draft);

  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] Revision revision() const noexcept { return revision_; }
  [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_relaxed); }
  /// The one thing that moves on: the backend touched the object without changing its content, which is no entry, yet
  /// what is older must not be taken for news. Any thread.
  void seen_at(std::uint64_t version) const noexcept { version_.store(version, std::memory_order_relaxed); }
  [[nodiscard]] std::string_view json() const noexcept { return {text(), json_size_}; }
  /// The JSON with the comma that separates it from the next item: a page is one gather write of these.
  [[nodiscard]] std::string_view json_comma() const noexcept { return {text(), json_size_ + 1U}; }
  [[nodiscard]] std::string_view id() const noexcept { return {text() + id_at_, id_size_}; }
  [[nodiscard]] std::string_view pool() const noexcept { return {text() + pool_at_, pool_size_}; }
  [[nodiscard]] std::string_view type() const noexcept { return {text() + type_at_, type_size_}; }
  [[nodiscard]] std::string_view adapter() const noexcept { return tail(0, adapter_size_); }
  [[nodiscard]] std::string_view uid() const noexcept { return tail(adapter_size_, uid_size_); }
  [[nodiscard]] std::string_view reference() const noexcept { return tail(adapter_size_ + uid_size_, reference_size_); }
  [[nodiscard]] std::string_view tenant() const noexcept {
    return tail(adapter_size_ + uid_size_ + reference_size_, tenant_size_);
  }
  /// Never empty.
  [[nodiscard]] std::string_view owner() const noexcept { return tenant_size_ > 0 ? tenant() : default_tenant; }
  /// The adapter's own id: the reference, or the id where none was given.
  [[nodiscard]] std::string_view native_id() const noexcept { return reference_size_ > 0 ? reference() : id(); }

  /// For the store alone, before the object is shared.
  void stamp(Revision revision) noexcept { revision_ = revision; }

  /// The draft that it was made from.
  [[nodiscard]] Draft draft() const;

 private:
  friend class ObjectRef;
  Object() = default;
  ~Object() = default;

  [[nodiscard]] const char* text() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  [[nodiscard]] char* text() noexcept { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] std::string_view tail(std::size_t offset, std::size_t size) const noexcept {
    return {text() + json_size_ + 1U + offset, size};
  }
  static void destroy(const Object* object) noexcept;

  mutable std::atomic<std::uint32_t> references_{1};
  std::uint32_t json_size_ = 0;
  Revision revision_ = 0;
  mutable std::atomic<std::uint64_t> version_{0};
  std::uint32_t id_at_ = 0;
  std::uint32_t pool_at_ = 0;
  std::uint32_t type_at_ = 0;
  std::uint16_t id_size_ = 0;
  std::uint16_t pool_size_ = 0;
  std::uint16_t type_size_ = 0;
  std::uint16_t uid_size_ = 0;
  std::uint16_t reference_size_ = 0;
  std::uint8_t adapter_size_ = 0;
  std::uint8_t tenant_size_ = 0;
  Kind kind_ = Kind::resource;
};

/// A counted reference to an Object; empty by default.
class ObjectRef {
 public:
  ObjectRef() noexcept = default;
  ObjectRef(std::nullptr_t) noexcept {}
  ObjectRef(const ObjectRef& other) noexcept : object_(other.object_) { retain(); }
  ObjectRef(ObjectRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  ObjectRef& operator=(ObjectRef other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~ObjectRef() { release(); }

  /// Takes one more reference to an object that somebody else holds.
  static ObjectRef share(const Object* object) noexcept {
    ObjectRef ref;
    ref.object_ = const_cast<Object*>(object);
    ref.retain();
    return ref;
  }
  /// Takes over a reference that `detach` gave up.
  static ObjectRef adopt(const Object* object) noexcept {
    ObjectRef ref;
    ref.object_ = const_cast<Object*>(object);
    return ref;
  }
  /// Gives the reference up to the caller, who must `adopt` it again.
  const Object* detach() noexcept { return std::exchange(object_, nullptr); }

  [[nodiscard]] const Object* get() const noexcept { return object_; }
  const Object* operator->() const noexcept { return object_; }
  const Object& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  /// See Object::stamp.
  void stamp(Revision revision) const noexcept { object_->stamp(revision); }

 private:
  friend class Object;
  void retain() const noexcept {
    if (object_ != nullptr) object_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept {
    if (object_ != nullptr && object_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      Object::destroy(object_);
    object_ = nullptr;
  }

  Object* object_ = nullptr;
};

}  // namespace netweave::model

#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/oran/paging.hpp"
#include "query/selectors.hpp"

/// What a read of this family asks for, and the parts that every answer is made of.
namespace netweave::api::oran {

struct Asked {
  std::vector<query::Condition> conditions;  ///< on the attributes that are shown
  query::Selectors selectors;
  Paging paging;
  std::string pool;      ///< of a pool's resources: the pool, as the path has it
  std::string identity;  ///< what a marker is bound to
  std::vector<query::Selectable> attributes;
  std::chrono::steady_clock::time_point deadline;
};

/// Reads filters, selectors and paging. Faults are added, for paths that are no attribute too.
void read_list(const Call& call, std::span<const query::Selectable> attributes, Asked& into,
               std::vector<Fault>& faults);
/// Reads the selectors of a get; false where it answered 400.
bool read_selectors(Call& call, std::span<const query::Selectable> attributes, query::Selectors& into);

/// An object's JSON with what the selectors leave of it.
std::string selected(const std::string& json, const query::Selectors& selectors,
                     std::span<const query::Selectable> attributes);

/// 64 bits over whatever makes an answer what it is: a weak entity tag.
class Tag {
 public:
  void mix(std::uint64_t value) noexcept { hash_ = (hash_ ^ value) * 0x100000001b3ULL; }
  void mix(std::string_view text) noexcept;
  [[nodiscard]] std::string weak(const std::string& epoch) const;

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

/// The strong tag of something that is made of its content alone.
std::string tag_of_content(const Call& call, const std::string& json);

/// The items of a list, one written after the other, until they are too many bytes.
class Items {
 public:
  Items(const Asked& asked, std::size_t most_bytes) : asked_(asked), most_bytes_(most_bytes) {}

  /// `write` appends an object's JSON to a string. False where it no longer fits: it is not added. The first always
  /// is.
  template <class Write>
  bool add(Write&& write) {
    std::size_t before = out_.size();
    if (count_ > 0) out_ += ',';
    if (asked_.selectors.any()) {
      one_.clear();
      write(one_);
      out_ += selected(one_, asked_.selectors, asked_.attributes);
    } else {
      write(out_);
    }
    if (count_ > 0 && out_.size() + 1 > most_bytes_) {
      out_.resize(before);
      return false;
    }
    ++count_;
    return true;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// The array; nothing may be added after.
  std::string finish() { return std::move(out_) + "]"; }

 private:
  const Asked& asked_;
  std::size_t most_bytes_;
  std::size_t count_ = 0;
  std::string out_ = "[";
  std::string one_;
};

/// Answers 200 with JSON, or 304 where the caller has what the tag names.
void answer_body(Call& call, std::string etag, std::string body, http::Response response = {});

}  // namespace netweave::api::oran

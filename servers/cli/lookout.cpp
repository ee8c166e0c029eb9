#include "lookout.hpp"

namespace netweave::cli {

Lookout::Lookout(Client& client, const Kind& kind, std::string path, std::string query, std::string id)
    : client_(client), kind_(kind), path_(std::move(path)), query_(std::move(query)), id_(std::move(id)) {}

std::string Lookout::id_of(const Value& object) const {
  return kind_.single() ? std::string(kind_.name) : std::string(object.at(kind_.id).as_text());
}

Result<std::vector<Change>> Lookout::look() {
  std::vector<Seen> pages;
  std::vector<std::pair<std::string, Value>> found;
  bool one = !id_.empty() || kind_.single();
  auto read = one ? read_one(pages, found) : read_list(pages, found);
  if (!read && !one && read.error().code == "BadRequest" && pages_.size() > 1) {
    // a cursor grows old: from the beginning, once
    pages_.clear();
    pages.clear();
    found.clear();
    read = read_list(pages, found);
  }
  if (!read) return std::move(read).error();
  std::vector<Change> changes;
  Objects now;
  for (auto& [id, object] : found) {
    auto before = objects_.find(id);
    if (before == objects_.end())
      changes.push_back({"ADDED", object});
    else if (!(before->second == object))
      changes.push_back({"MODIFIED", object});
    now.insert_or_assign(id, std::move(object));
  }
  for (auto& [id, object] : objects_)
    if (now.find(id) == now.end()) changes.push_back({"DELETED", object});
  pages_ = std::move(pages);
  objects_ = std::move(now);
  return changes;
}

std::optional<Change> Lookout::take(std::string_view event, const Value& object) {
  pages_.clear();  // their ETags are of what was
  auto known = objects_.find(id_of(object));
  if (event == "DELETED") {
    if (known == objects_.end()) return std::nullopt;
    objects_.erase(known);
    return Change{"DELETED", object};
  }
  if (known != objects_.end() && known->second == object) return std::nullopt;
  bool added = known == objects_.end();
  objects_.insert_or_assign(id_of(object), object);
  return Change{added ? "ADDED" : "MODIFIED", object};
}

Result<void> Lookout::read_list(std::vector<Seen>& pages, std::vector<std::pair<std::string, Value>>& found) {
  std::string cursor;
  do {
    const Seen* known = pages.size() < pages_.size() ? &pages_[pages.size()] : nullptr;
    bool same = known != nullptr && known->cursor == cursor;
    std::optional<std::size_t> size;
    if (paging_.chunk.value_or(1) > 0) size = Paging::usual_chunk;
    auto page = read_page(client_, path_, query_, paging_, size, cursor, same ? known->etag : "");
    if (!page) return std::move(page).error();
    // the first page's: what changed while the others came is told again, and known by then
    if (pages.empty()) revision_ = page->revision;
    if (page->unchanged && same) {
      for (const std::string& id : known->ids)
        if (auto object = objects_.find(id); object != objects_.end()) found.emplace_back(id, object->second);
      pages.push_back(*known);
    } else {
      Seen seen{cursor, page->etag, page->next, {}};
      for (Value& item : page->items) {
        seen.ids.push_back(id_of(item));
        found.emplace_back(seen.ids.back(), std::move(item));
      }
      pages.push_back(std::move(seen));
    }
    cursor = pages.back().next;
  } while (!cursor.empty());
  return {};
}

Result<void> Lookout::read_one(std::vector<Seen>& pages, std::vector<std::pair<std::string, Value>>& found) {
  Call call;
  call.path = path_;
  if (!pages_.empty() && !pages_[0].etag.empty()) call.headers.emplace_back("If-None-Match", pages_[0].etag);
  auto response = client_.send(call);
  if (!response) {
    if (response.error().kind == ErrorKind::not_found && !kind_.single()) return {};
    return std::move(response).error();
  }
  if (response->status == 304) {
    pages = pages_;
    for (const auto& [id, object] : objects_) found.emplace_back(id, object);
    return {};
  }
  auto json = json_of(*response, call);
  if (!json) return std::move(json).error();
  const std::string* etag = http::find_header(response->headers, "ETag");
  pages.push_back({"", etag != nullptr ? *etag : "", "", {}});
  found.emplace_back(id_of(*json), std::move(*json));
  return {};
}

}  // namespace netweave::cli

#include "pages.hpp"

#include <algorithm>

#include "query/parameters.hpp"

namespace netweave::cli {
namespace {

std::string joined(const std::string& query, const std::string& name, const std::string& value) {
  return query + (query.empty() ? "" : "&") + name + "=" + query::percent_encode(value);
}

bool refuses_limit(const Error& error) {
  return error.from_backend && std::any_of(error.faults.begin(), error.faults.end(),
                                           [](const Fault& fault) { return fault.field == "limit"; });
}

void take_revision(Page& page, const transport::HttpResponse& response) {
  if (const std::string* revision = http::find_header(response.headers, "X-Netweave-Revision"))
    page.revision = *revision;
}

Page page_of(Value json, const transport::HttpResponse& response) {
  Page page;
  page.items = json.at("items").as_array();
  page.total = static_cast<std::size_t>(std::max<std::int64_t>(0, json.at("total").as_integer()));
  page.next = json.at("nextCursor").as_text();
  if (const std::string* etag = http::find_header(response.headers, "ETag")) page.etag = *etag;
  take_revision(page, response);
  return page;
}

}  // namespace

Result<Page> read_page(Client& client, const std::string& path, const std::string& query, Paging& paging,
                       std::optional<std::size_t> size, const std::string& cursor, const std::string& etag) {
  while (true) {
    std::string whole = query;
    if (size) whole = joined(whole, "limit", std::to_string(*size));
    if (!cursor.empty()) whole = joined(whole, "cursor", cursor);
    Call call;
    call.path = path + (whole.empty() ? "" : "?" + whole);
    if (!etag.empty()) call.headers.emplace_back("If-None-Match", etag);
    auto response = client.send(call);
    if (!response && size && !paging.chunk && refuses_limit(response.error())) {
      size.reset();
      paging.chunk = 0;
      continue;
    }
    if (!response) return std::move(response).error();
    if (response->status == 304) {
      Page page;
      page.unchanged = true;
      take_revision(page, *response);
      return page;
    }
    auto json = json_of(*response, call);
    if (!json) return std::move(json).error();
    return page_of(std::move(*json), *response);
  }
}

Pages::Pages(Client& client, std::string path, std::string query, Paging paging)
    : client_(client), path_(std::move(path)), query_(std::move(query)), paging_(paging) {}

Result<std::optional<Page>> Pages::next() {
  if (finished_) return std::optional<Page>();
  std::optional<std::size_t> size;
  if (paging_.chunk.value_or(1) > 0) size = paging_.chunk.value_or(Paging::usual_chunk);
  std::size_t wanted = paging_.limit.value_or(SIZE_MAX) - seen_;
  if (size && wanted < *size) size = wanted;
  auto page = read_page(client_, path_, query_, paging_, size, cursor_);
  if (!page) return std::move(page).error();
  if (page->items.size() > wanted) page->items.resize(wanted);
  seen_ += page->items.size();
  if (paging_.limit) page->total = std::min(page->total, *paging_.limit);
  finished_ = page->next.empty() || page->items.empty() || seen_ >= paging_.limit.value_or(SIZE_MAX);
  cursor_ = page->next;
  return std::optional<Page>(std::move(*page));
}

}  // namespace netweave::cli

#include <algorithm>
#include <charconv>

#include "store/copy.hpp"
#include "store/redis/loader.hpp"
#include "store/redis/position_text.hpp"
#include "store/redis/stream_items.hpp"
#include "store/redis/tls.hpp"

namespace netweave::store {
namespace redis {
namespace {

constexpr std::uint64_t told_every = 1000;
constexpr std::size_t page_items = 1000;

/// A reply's list of fields and values.
template <class Take>
std::optional<Error> each_pair(View pairs, Take take) {
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
    if (auto fault = take(std::string(pairs.at(i).text()), pairs.at(i + 1).text())) return fault;
  return std::nullopt;
}

std::optional<Error> refuse_absent(Server& server) {
  auto format = server.pool.call(Again::yes, Command("HGET").add(server.keys.meta).add("format"));
  if (!format) return std::move(format).error();
  if (!format->view().is_nil()) return std::nullopt;  // of which format, opening it says
  return make_error(ErrorKind::precondition, "there is no store under the keys " + server.keys.base +
                                                 "* in Redis: see redis.addresses, redis.db, redis.key_prefix and "
                                                 "o_cloud.id");
}

std::optional<Error> copy_objects(Loader& loader, std::size_t total, CopySink& sink, const CopyProgress& progress) {
  std::uint64_t done = 0;
  auto fault = loader.each([&](const model::Object& object) {
    auto refused = sink.object(object);
    if (!refused && ++done % told_every == 0 && done < total) progress(done, total);
    return refused;
  });
  if (!fault) progress(done, total);
  return fault;
}

/// Items that came after the moment of the copy are left out; those that went since are no more.
std::optional<Error> copy_stream(Server& server, const std::string& name, std::uint64_t head, CopySink& sink) {
  if (auto fault = sink.stream(name, head)) return fault;
  for (std::uint64_t after = 0; after < head;) {
    auto items = read_items(server, name, after, page_items);
    if (!items) return std::move(items).error();
    if (items->empty()) break;
    for (const StreamItem& item : *items)
      if (item.sequence <= head)
        if (auto fault = sink.item(name, item)) return fault;
    after = items->back().sequence;
  }
  return std::nullopt;
}

std::optional<Error> copy_aside(Server& server, const Loader::Copy& copy, CopySink& sink) {
  auto fault = each_pair(copy.aside.at(3), [&](const std::string& name, std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return sink.counter(name, value);
  });
  if (!fault)
    fault = each_pair(copy.aside.at(4), [&](const std::string& reader, std::string_view text) -> std::optional<Error> {
      auto position = read_position(reader, text);
      if (!position) return std::move(position).error();
      return sink.position(*position);
    });
  if (!fault)
    fault = each_pair(copy.aside.at(5), [&](const std::string& name, std::string_view bytes) {
      return sink.key(name, std::string(bytes));
    });
  if (!fault)
    fault = each_pair(copy.aside.at(6), [&](const std::string& name, std::string_view text) {
      std::uint64_t head = 0;
      std::from_chars(text.data(), text.data() + text.size(), head);
      return copy_stream(server, name, head, sink);
    });
  return fault;
}

}  // namespace
}  // namespace redis

Result<Revision> copy_redis(const RedisOptions& options, CopySink& sink, const CopyProgress& progress) {
  auto tls = redis::make_tls(options.redis);
  if (!tls) return std::move(tls).error();
  redis::Server server(options, std::move(*tls));
  if (auto fault = redis::check_settings(server)) return *fault;
  if (auto fault = redis::refuse_absent(server)) return *fault;
  redis::Journal journal(server, 0);
  redis::Loader loader(journal);
  auto copy = loader.copy();
  if (!copy) return std::move(copy).error();
  if (auto fault = redis::copy_objects(loader, copy->objects, sink, progress)) return *fault;
  if (auto fault = redis::copy_aside(server, *copy, sink)) return *fault;
  return copy->head;
}

}  // namespace netweave::store

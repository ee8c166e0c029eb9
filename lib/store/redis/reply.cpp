#include "store/redis/reply.hpp"

#include <charconv>
#include <new>

#include <hiredis/hiredis.h>

namespace netweave::store::redis {
namespace {

bool has_text(const redisReply* reply) {
  return reply != nullptr && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);
}

}  // namespace

bool View::is_nil() const { return reply_ == nullptr || reply_->type == REDIS_REPLY_NIL; }
bool View::is_array() const { return reply_ != nullptr && reply_->type == REDIS_REPLY_ARRAY; }

std::string_view View::text() const {
  return has_text(reply_) ? std::string_view(reply_->str, static_cast<std::size_t>(reply_->len)) : std::string_view();
}

std::uint64_t View::number() const {
  if (reply_ != nullptr && reply_->type == REDIS_REPLY_INTEGER) return static_cast<std::uint64_t>(reply_->integer);
  std::string_view digits = text();
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::size_t View::size() const { return is_array() ? static_cast<std::size_t>(reply_->elements) : 0; }

View View::at(std::size_t index) const { return index < size() ? View(reply_->element[index]) : View(); }

std::string_view View::error() const {
  if (reply_ == nullptr || reply_->type != REDIS_REPLY_ERROR) return {};
  return {reply_->str, static_cast<std::size_t>(reply_->len)};
}

void Reply::Free::operator()(redisReply* reply) const { freeReplyObject(reply); }
void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
}

void ReplyReader::feed(std::string_view bytes) { redisReaderFeed(reader_.get(), bytes.data(), bytes.size()); }

Result<std::optional<Reply>> ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
    return make_error(ErrorKind::internal, std::string("what answers is no Redis: ") + reader_->errstr);
  if (reply == nullptr) return std::optional<Reply>();
  return std::optional<Reply>(Reply(static_cast<redisReply*>(reply)));
}

Command& Command::add(std::string_view word) {
  ++words_;
  body_ += '$';
  body_ += std::to_string(word.size());
  body_ += "\r\n";
  body_ += word;
  body_ += "\r\n";
  return *this;
}

}  // namespace netweave::store::redis

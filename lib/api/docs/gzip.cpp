#include "api/docs/gzip.hpp"

#include <zlib.h>

namespace netweave::api::docs {
namespace {

constexpr int gzip_format = 15 + 16;  // the largest window, in gzip's frame rather than zlib's

Bytef* input_of(std::string_view bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

Error failure(const char* what) { return make_error(ErrorKind::internal, std::string("zlib: ") + what); }

}  // namespace

Result<std::string> gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_format, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    return failure("can't begin");
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())) + 32, '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return failure("the output does not fit");
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, gzip_format) != Z_OK) return failure("can't begin");
  std::string out(most, '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int code = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  out.shrink_to_fit();
  inflateEnd(&stream);
  if (code != Z_STREAM_END) return failure("no gzip, or more than expected");
  return out;
}

}  // namespace netweave::api::docs

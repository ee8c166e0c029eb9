#include "http/head.hpp"

#include <string>

#include <doctest/doctest.h>

#include "http/problem.hpp"
#include "http/syntax.hpp"

using namespace netweave::http;

TEST_CASE("a date is written as HTTP has it") {
  CHECK(format_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(format_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(format_date(951782400) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST_CASE("a head is the status line, the engine's fields and the handler's") {
  Response response;
  response.status = 299;
  response.headers = {{"X", "1"}, {"date", "mine"}, {"Bad Name", "1"}, {"Y", "a\nb"}};
  response.body = Body(std::string("12345"));
  std::string out;
  append_head(out, response, Framing{}, "now");
  CHECK(out == "HTTP/1.1 299 \r\nDate: now\r\nX: 1\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("a problem is 503 with Retry-After, and keeps no request id that is none") {
  Request request;
  request.headers.emplace_back("x-request-id", "a b");
  Response response = problem(503, "why \"so\"", request);
  CHECK(*find_header(response.headers, "Retry-After") == "1");
  CHECK(find_header(response.headers, "X-Request-ID")->size() == 36);
  CHECK(response.body.to_string().find(R"("title":"ServiceUnavailable","status":503,"detail":"why \"so\"")") !=
        std::string::npos);
}

TEST_CASE("hosts and targets") {
  for (const char* host : {"", "a", "a.b:80", "[::1]:8080", "10.0.0.1"}) CHECK(is_host(host));
  for (const char* host : {"a b", "a/b", "u@h", "a,b", "a?b", "\xc3\xa4"}) CHECK_FALSE(is_host(host));
  CHECK(is_target("/a?b[c]=\"d\"|e"));
  for (const char* target : {"", "/a b", "/a#b", "/\x7f", "/\xc3\xa4"}) CHECK_FALSE(is_target(target));
}

#include "client.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "netweave/version.hpp"

#include "config/text.hpp"
#include "exit.hpp"
#include "output/text.hpp"
#include "query/parameters.hpp"
#include "transport/http_error.hpp"

namespace netweave::cli {
namespace {

constexpr auto quiet_for = std::chrono::minutes(1);  // a stream says how far it is four times in that
constexpr std::size_t shown = 300;                   // of a body that is no problem document

/// The kind that decides the exit code; `api/problem.cpp` is its other half.
ErrorKind kind_of(int status) {
  switch (status) {
    case 404:
      return ErrorKind::not_found;
    case 409:
      return ErrorKind::conflict;
    case 412:
      return ErrorKind::precondition;
    case 401:
      return ErrorKind::unauthenticated;
    case 403:
      return ErrorKind::denied;
    case 408:
    case 504:
      return ErrorKind::timeout;
    default:
      return status >= 500 ? ErrorKind::internal : ErrorKind::invalid;
  }
}

/// An error of the way there, not of the gateway's.
Error of_the_way(Error error) {
  error.from_backend = false;
  error.code.clear();
  return error;
}

void take_problem(const Value& problem, Error& error) {
  error.message = problem.at("detail").as_text();
  if (std::string_view title = problem.at("title").as_text(); !title.empty()) error.code = title;
  if (error.message.empty()) error.message = "it says no more than that";
  for (const Value& fault : problem.at("invalidParams").as_array())
    error.faults.push_back({std::string(fault.at("name").as_text()), std::string(fault.at("reason").as_text())});
  if (const Value* code = problem.find("backendCode"); code != nullptr)
    error.faults.push_back({"backendCode", std::string(code->as_text())});
  if (problem.at("status").as_integer() >= 500)
    if (const Value* id = problem.find("requestId"); id != nullptr)
      error.faults.push_back({"requestId", std::string(id->as_text())});
}

Result<std::string> read_token(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) return usage_error("the token's file " + path + " can't be read");
  std::string token = text.str();
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  bool good = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 127; });
  if (!good) return usage_error("the token's file " + path + " must hold one word");
  return token;
}

/// "host:port" of "https://host:port".
std::string authority_of(const std::string& origin) { return origin.substr(origin.find("://") + 3); }

bool has_port(const std::string& authority) {
  std::size_t colon = authority.rfind(':');
  return colon != std::string::npos && authority.find(']', colon) == std::string::npos;
}

}  // namespace

Client::Client(Context context) : context_(std::move(context)), http_(std::make_unique<transport::HttpClient>()) {
  std::size_t end = context_.server.find('/', context_.server.find("://") + 3);
  origin_ = context_.server.substr(0, end);
  if (end != std::string::npos) prefix_ = context_.server.substr(end);
  timeout_ = std::chrono::milliseconds(config::parse_duration(context_.timeout).value_or(timeout_.count()));
  if (context_.server_name.empty() || !origin_.starts_with("https://")) return;
  std::string authority = authority_of(origin_);
  connect_to_ = has_port(authority) ? authority : authority + ":443";
  origin_ = "https://" + context_.server_name + connect_to_.substr(connect_to_.rfind(':'));
}

Result<Client> Client::make(const Context& context) {
  Client client(context);
  client.token_ = context.token;
  if (!context.token_file.empty()) {
    auto token = read_token(context.token_file);
    if (!token) return std::move(token).error();
    client.token_ = std::move(*token);
  }
  return client;
}

bool Client::exposes_token() const {
  if (token_.empty() || origin_.starts_with("https://")) return false;
  std::string host = authority_of(origin_);
  for (const char* loopback : {"127.", "[::1]", "localhost"})
    if (host.starts_with(loopback)) return false;
  return true;
}

transport::HttpRequest Client::request_of(const Call& call) const {
  transport::HttpRequest request;
  request.method = call.method;
  request.url = origin_ + prefix_ + call.path;
  request.headers = call.headers;
  request.headers.emplace_back("User-Agent", "netweave/" + std::string(netweave::version()));
  request.headers.emplace_back("Accept", "application/json, application/problem+json, */*;q=0.1");
  request.body = call.body;
  request.bearer = token_;
  request.connect_to = connect_to_;
  request.proxy = context_.proxy;
  request.tls.ca_file = context_.ca;
  request.tls.certificate_file = context_.certificate;
  request.tls.key_file = context_.key;
  request.tls.verify = context_.insecure != "true";
  request.connect_timeout = std::min(request.connect_timeout, timeout_);
  return request;
}

Result<transport::HttpResponse> Client::send_raw(const Call& call) {
  transport::HttpRequest request = request_of(call);
  request.deadline = std::chrono::steady_clock::now() + timeout_;
  auto response = http_->send(request);
  if (response) return response;
  return of_the_way(std::move(response).error());
}

Result<transport::HttpResponse> Client::stream(const Call& call, const transport::HttpSink& sink) {
  transport::HttpRequest request = request_of(call);
  request.idle_timeout = quiet_for;
  auto response = http_->stream(request, sink);
  if (!response) return of_the_way(std::move(response).error());
  if (response->status < 300) return response;
  return error_of(*response, call);
}

Result<transport::HttpResponse> Client::send(const Call& call) {
  auto response = send_raw(call);
  if (!response || response->status < 300 || response->status == 304) return response;
  return error_of(*response, call);
}

Result<Value> Client::get(const std::string& path) {
  Call call;
  call.path = path;
  auto response = send(call);
  if (!response) return std::move(response).error();
  return json_of(*response, call);
}

Result<void> Client::discover() {
  if (!versions_.empty()) return {};
  if (!context_.api_version.empty()) {
    versions_.push_back(context_.api_version.back() - '0');
    return {};
  }
  auto about = get("/o2ims");
  if (!about) {
    if (about.error().kind != ErrorKind::not_found) return std::move(about).error();
    return make_error(ErrorKind::internal, server() + " is no netweave gateway: it has no /o2ims");
  }
  std::string there;
  for (const Value& entry : about->at("versions").as_array()) {
    std::string_view version = entry.at("version").as_text();
    there.append(there.empty() ? "" : ", ").append(version);
    if (version == "v1" || version == "v2" || version == "v3") versions_.push_back(version.back() - '0');
  }
  if (!versions_.empty()) return {};
  return make_error(ErrorKind::unimplemented,
                    server() + " has none of the versions v1, v2, v3 of the API" +
                        (there.empty() ? ": it is no netweave gateway" : "; it has " + there));
}

Result<int> Client::version(int least) {
  if (auto found = discover(); !found) return std::move(found).error();
  for (int candidate : {2, 3, 1})
    if (candidate >= least && std::find(versions_.begin(), versions_.end(), candidate) != versions_.end())
      return candidate;
  return make_error(ErrorKind::unimplemented,
                    "this needs /o2ims/v" + std::to_string(least) + ", and the newest to be had here is v" +
                        std::to_string(*std::max_element(versions_.begin(), versions_.end())));
}

Result<std::string> Client::path_of(std::string_view path, int least) {
  auto chosen = version(least);
  if (!chosen) return std::move(chosen).error();
  return "/o2ims/v" + std::to_string(*chosen) + "/" + std::string(path);
}

Error error_of(const transport::HttpResponse& response, const Call& call) {
  Error error = make_error(kind_of(response.status), "");
  error.from_backend = true;
  error.code = std::to_string(response.status);
  if (auto after = transport::retry_after(response)) error.retry_after = after;
  const std::string* type = http::find_header(response.headers, "Content-Type");
  auto problem = Value::parse(response.body);
  if (type != nullptr && type->starts_with("application/problem+json") && problem) {
    take_problem(*problem, error);
    return error;
  }
  error.message = call.method + " " + call.path + " was answered with " + std::to_string(response.status);
  const std::string* location = http::find_header(response.headers, "Location");
  if (response.status < 400) {
    error.kind = ErrorKind::internal;
    if (location != nullptr) error.message += ": the gateway is at " + *location;
  } else if (!response.body.empty()) {
    error.message += ": " + response.body.substr(0, shown);
  }
  return error;
}

Result<Value> json_of(const transport::HttpResponse& response, const Call& call) {
  auto json = Value::parse(response.body);
  if (json) return json;
  Error error = make_error(ErrorKind::internal, "the answer to " + call.method + " " + call.path +
                                                    " is not JSON: is this a netweave gateway?");
  error.from_backend = true;
  return error;
}

std::string path_segment(std::string_view text) { return query::percent_encode(text); }

}  // namespace netweave::cli

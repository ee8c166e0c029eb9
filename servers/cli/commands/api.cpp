#include <memory>

#include "commands/commands.hpp"
#include "config/text.hpp"
#include "manifest.hpp"

namespace netweave::cli {
namespace {

struct ApiArguments {
  std::string method;
  std::string path;
  std::string data;
  std::string file;
  std::vector<std::string> headers;
  bool include = false;
};

Result<http::Header> read_header(const std::string& text) {
  std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || text.find_first_of("\r\n") != std::string::npos)
    return usage_error("-H must read 'Name: value', is \"" + text + "\"");
  std::size_t begin = text.find_first_not_of(' ', colon + 1);
  return http::Header{text.substr(0, colon), begin == std::string::npos ? "" : text.substr(begin)};
}

Result<Call> read_call(const ApiArguments& arguments) {
  Call call;
  call.method = config::upper_name(arguments.method);
  bool letters = call.method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
  if (!letters || call.method.empty()) return usage_error("\"" + arguments.method + "\" is no HTTP method");
  if (!arguments.data.empty() && !arguments.file.empty()) return usage_error("give the body with -d or with -f");
  call.body = arguments.data;
  if (!arguments.file.empty()) {
    auto text = read_file(arguments.file);
    if (!text) return std::move(text).error();
    call.body = std::move(*text);
  }
  for (const std::string& written : arguments.headers) {
    auto header = read_header(written);
    if (!header) return std::move(header).error();
    call.headers.push_back(std::move(*header));
  }
  bool typed = http::find_header(call.headers, "Content-Type") != nullptr;
  if (!call.body.empty() && !typed)
    call.headers.emplace_back("Content-Type",
                              call.method == "PATCH" ? "application/merge-patch+json" : "application/json");
  return call;
}

int run_api(const ApiArguments& arguments, Session& session) {
  auto call = read_call(arguments);
  if (!call) return report(call.error());
  auto client = session.connect();
  if (!client) return report(client.error());
  call->path = arguments.path;
  if (!arguments.path.starts_with('/')) {
    auto path = client->path_of(arguments.path);
    if (!path) return report(path.error());
    call->path = *path;
  }
  if (call->path.find_first_of(" \r\n\t") != std::string::npos)
    return report(usage_error("a path has no blanks: write %20"));
  auto response = client->send_raw(*call);
  if (!response) return report(response.error());
  bool good = response->status < 300;
  if (arguments.include) {
    Session::write("HTTP/1.1 " + std::to_string(response->status) + "\n");
    for (const auto& [name, value] : response->headers) Session::write(name + ": " + value + "\n");
    Session::write("\n");
  }
  if (good || arguments.include) Session::write(response->body);
  if (good && !response->body.empty() && response->body.back() != '\n' && session.terminal.output) Session::write("\n");
  return good || response->status == 304 ? Exit::done : report(error_of(*response, *call));
}

}  // namespace

void add_api(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("api", "send one request as it is written, and print the answer's body");
  auto arguments = std::make_shared<ApiArguments>();
  command->add_option("VERB", arguments->method, "the HTTP method")
      ->type_name("GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS")
      ->required();
  command->add_option("PATH", arguments->path, "from the root with /, else below /o2ims/vN/")
      ->type_name("PATH")
      ->required();
  command->add_option("-d,--data", arguments->data, "the body")->type_name("BODY");
  command->add_option("-f,--filename", arguments->file, "the body's file; - is standard input")->type_name("FILE");
  add_repeated(*command, "-H,--header", arguments->headers, "HEADER", "'Name: value'");
  command->add_flag("-i,--include", arguments->include, "print the answer's status and headers too");
  command->callback(
      [arguments, &session] { session.run = [arguments, &session] { return run_api(*arguments, session); }; });
}

}  // namespace netweave::cli

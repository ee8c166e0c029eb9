#include "session.hpp"

#include <cstdio>

#include "context_file.hpp"

namespace netweave::cli {

Session::Session(Environment environment, Terminal streams) : terminal(streams) {
  wanted.environment = std::move(environment);
}

std::string Session::contexts_file() const {
  return config_flag.empty() ? contexts_path(wanted.environment) : config_flag;
}

Result<Client> Session::connect() {
  std::string warning;
  auto file = read_contexts(contexts_file(), warning);
  if (!file) return std::move(file).error();
  if (!warning.empty()) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  auto context = resolve(wanted, *file);
  if (!context) return std::move(context).error();
  auto client = Client::make(*context);
  if (client && client->exposes_token())
    std::fprintf(stderr, "warning: the token goes to %s in clear text\n", client->server().c_str());
  return client;
}

void Session::write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

bool Session::broken() { return std::ferror(stdout) != 0; }

}  // namespace netweave::cli

#include "redis_server.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace netweave::store::test {
namespace {

std::string make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "netweave-redis-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  return name;
}

std::string output_of(const std::string& command, int& status) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"), [](FILE*) { return 0; });
  if (!pipe) throw std::runtime_error("popen");
  std::string text;
  char part[4096];
  while (std::size_t got = fread(part, 1, sizeof part, pipe.get())) text.append(part, got);
  status = pclose(pipe.get());
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

int free_port() {
  for (;;) {
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bool bound = bind(made, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                 getsockname(made, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    close(made);
    if (!bound) throw std::runtime_error("no free port");
    if (ntohs(address.sin_port) < 55000) return ntohs(address.sin_port);  // a cluster's bus is 10,000 above
  }
}

std::string run(const std::string& command) {
  int status = 0;
  std::string text = output_of(command, status);
  if (status != 0) throw std::runtime_error(command + ": " + text);
  return text;
}

RedisServer::RedisServer(Setup setup) : setup_(std::move(setup)), own_directory_(setup_.directory.empty()) {
  if (own_directory_) setup_.directory = make_directory();
  if (setup_.port == 0) setup_.port = free_port();
  if (setup_.tls) make_certificates(setup_.directory);
  start();
}

RedisServer::~RedisServer() {
  kill();
  std::error_code ignored;
  if (own_directory_) std::filesystem::remove_all(setup_.directory, ignored);
}

std::vector<std::string> RedisServer::command_line() const {
  const std::string& in = setup_.directory;
  std::string port = std::to_string(setup_.port);
  if (!setup_.configuration.empty()) {
    if (!std::filesystem::exists(in + "/sentinel.conf"))
      std::ofstream(in + "/sentinel.conf") << setup_.configuration << "\nport " << port << "\nbind 127.0.0.1\ndir "
                                           << in << "\nlogfile " << in << "/log\n";
    return {"redis-sentinel", in + "/sentinel.conf"};
  }
  std::vector<std::string> words = {"redis-server",
                                    "--bind",
                                    "127.0.0.1",
                                    "--dir",
                                    in,
                                    "--logfile",
                                    in + "/log",
                                    "--save",
                                    "",
                                    "--appendonly",
                                    "yes",
                                    "--appendfsync",
                                    setup_.durable ? "always" : "no"};
  words.insert(words.end(), {"--repl-diskless-sync-delay", "0"});
  if (setup_.tls)
    words.insert(words.end(), {"--port", "0", "--tls-port", port, "--tls-cert-file", in + "/server.crt",
                               "--tls-key-file", in + "/server.key", "--tls-ca-cert-file", in + "/ca.crt"});
  else
    words.insert(words.end(), {"--port", port});
  words.insert(words.end(), setup_.settings.begin(), setup_.settings.end());
  return words;
}

void RedisServer::start() {
  std::vector<std::string> words = command_line();
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(nothing, 1);
    dup2(nothing, 2);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  wait_until("ping", "");
}

void RedisServer::signal(int number) {
  if (process_ > 0) ::kill(process_, number);
}

void RedisServer::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string RedisServer::call(const std::string& words) const {
  const std::string& in = setup_.directory;
  std::string tls =
      setup_.tls ? " --tls --cacert " + in + "/ca.crt --cert " + in + "/server.crt --key " + in + "/server.key" : "";
  int status = 0;
  return output_of("redis-cli -p " + std::to_string(setup_.port) + tls + " " + words, status);
}

/// "PONG" or "NOAUTH ..." are both answers; "Could not connect" and "LOADING" are none.
void RedisServer::wait_until(const std::string& words, const std::string& part) const {
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::string answer;
  while (std::chrono::steady_clock::now() < end) {
    answer = call(words);
    bool answered = answer.find("Could not connect") == std::string::npos && !answer.starts_with("LOADING");
    if (answered && answer.find(part) != std::string::npos) return;
    if (process_ > 0 && waitpid(process_, nullptr, WNOHANG) == process_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::ifstream log(setup_.directory + "/log");
  std::string text{std::istreambuf_iterator<char>(log), std::istreambuf_iterator<char>()};
  throw std::runtime_error("redis " + words + ": not " + part + " but " + answer + "\n" + text);
}

RedisServer& shared_redis() {
  static RedisServer server;
  return server;
}

void make_certificates(const std::string& directory) {
  if (std::filesystem::exists(directory + "/server.crt")) return;
  auto at = [&](const std::string& name) { return directory + "/" + name; };
  std::ofstream(at("names")) << "subjectAltName=IP:127.0.0.1\n";
  std::string key = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test";
  run(key + " -keyout " + at("ca.key") + " -out " + at("ca.crt"));
  run(key + " -keyout " + at("other.key") + " -out " + at("other.crt"));
  run("openssl req -newkey rsa:2048 -nodes -subj /CN=redis -keyout " + at("server.key") + " -out " + at("server.csr"));
  run("openssl x509 -req -days 2 -in " + at("server.csr") + " -CA " + at("ca.crt") + " -CAkey " + at("ca.key") +
      " -CAcreateserial -extfile " + at("names") + " -out " + at("server.crt"));
}

}  // namespace netweave::store::test

#include "port_holder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace netweave::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view listening = "0A";  // include/net/tcp_states.h

/// The sockets that listen on the port, as their links in /proc name them: "socket:[12345]".
std::set<std::string> sockets(std::uint16_t port) {
  std::set<std::string> sockets;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
      words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
      std::size_t colon = local.find(':');
      if (state != listening || colon == std::string::npos) continue;
      if (std::stoul(local.substr(colon + 1), nullptr, 16) == port) sockets.insert("socket:[" + inode + "]");
    }
  }
  return sockets;
}

bool holds(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code failure;
  for (fs::directory_iterator entry(process / "fd", failure), end; !failure && entry != end; entry.increment(failure)) {
    std::error_code gone;
    if (sockets.contains(fs::read_symlink(entry->path(), gone).string())) return true;
  }
  return false;
}

}  // namespace

std::string port_holder(std::uint16_t port) {
  auto wanted = sockets(port);
  if (wanted.empty()) return {};
  std::error_code failure;
  for (fs::directory_iterator entry("/proc", failure), end; !failure && entry != end; entry.increment(failure)) {
    std::string id = entry->path().filename().string();
    if (!std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (!holds(entry->path(), wanted)) continue;
    std::string name;
    std::ifstream file(entry->path() / "comm");
    std::getline(file, name);
    return std::string("process ").append(id).append(" (").append(name).append(")");
  }
  return {};
}

}  // namespace netweave::gateway

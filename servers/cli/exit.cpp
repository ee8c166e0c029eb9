#include "exit.hpp"

#include <cstdio>

#include "output/text.hpp"

namespace netweave::cli {

Exit exit_of(const Error& error) noexcept {
  switch (error.kind) {
    case ErrorKind::not_found:
      return Exit::not_found;
    case ErrorKind::precondition:
      return Exit::changed;
    case ErrorKind::timeout:
      return Exit::timed_out;
    case ErrorKind::invalid:
      return error.from_backend ? Exit::refused : Exit::usage;
    case ErrorKind::unavailable:
      return error.from_backend ? Exit::refused : Exit::unreachable;
    default:
      return Exit::refused;
  }
}

Exit report(const Error& error, const std::string& about) {
  std::string text = error.from_backend ? "Error from server" : "error";
  if (!error.code.empty()) text += " (" + error.code + ")";
  text += ": ";
  if (!about.empty()) text += about + ": ";
  text += error.message + "\n";
  for (const Fault& fault : error.faults) text += "  " + fault.field + ": " + fault.reason + "\n";
  if (error.retry_after) text += "  try again after " + std::to_string(error.retry_after->count() / 1000) + " s\n";
  std::fflush(stdout);  // what was printed before the error stands before it on a terminal
  std::fputs(printable(text, true).c_str(), stderr);
  return exit_of(error);
}

}  // namespace netweave::cli

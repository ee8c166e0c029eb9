#pragma once

#include <string>

namespace conformance {

/// A certificate for localhost with its key, both in files of a temporary folder that goes with the program.
struct Certificate {
  Certificate();
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string folder;
  std::string cert_file;
  std::string key_file;
};

}  // namespace conformance

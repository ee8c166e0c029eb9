#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace conformance {

template <auto Function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Free<X509_free>>;

/// A temporary folder that goes with its object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// PEM files.
struct Pair {
  std::string cert_file;
  std::string key_file;
};

/// An authority with certificates of P-256, in files of a folder.
class Authority {
 public:
  Authority(const Folder& folder, std::string name);
  /// Subject: CN=<name>,O=Test. One that lasts for less than nothing has expired.
  [[nodiscard]] Pair issue(const std::string& name, std::chrono::seconds lasts = std::chrono::hours(1)) const;
  [[nodiscard]] std::string file() const { return base_ + ".pem"; }

 private:
  std::string base_;
  Key key_;
  X509Certificate certificate_;
};

}  // namespace conformance

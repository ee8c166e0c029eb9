#include "certificate.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace conformance {
namespace {

void demand(bool fine) {
  if (!fine) throw std::runtime_error("a certificate could not be made");
}

void set_name(X509_NAME* name, const char* part, const std::string& value) {
  const auto* text = reinterpret_cast<const unsigned char*>(value.c_str());
  demand(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, text, -1, -1, 0) == 1);
}

void extend(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  demand(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

X509Certificate make(EVP_PKEY* key, const std::string& name, std::chrono::seconds lasts) {
  static std::atomic<long> serial = 1;
  X509Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), lasts.count());
  X509_set_pubkey(made.get(), key);
  set_name(X509_get_subject_name(made.get()), "O", "Test");
  set_name(X509_get_subject_name(made.get()), "CN", name);
  return made;
}

template <class Write>
void to_file(const std::string& path, Write&& write) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  demand(file != nullptr);
  bool written = write(file) == 1;
  std::fclose(file);
  demand(written);
}

}  // namespace

Folder::Folder() : path_((std::filesystem::temp_directory_path() / "netweave-XXXXXX").string()) {
  demand(::mkdtemp(path_.data()) != nullptr);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Authority::Authority(const Folder& folder, std::string name)
    : base_(folder.path() + "/" + name),
      key_(EVP_EC_gen("P-256")),
      certificate_(make(key_.get(), name, std::chrono::hours(1))) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  demand(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
  to_file(file(), [&](std::FILE* out) { return PEM_write_X509(out, certificate_.get()); });
}

Pair Authority::issue(const std::string& name, std::chrono::seconds lasts) const {
  Key key(EVP_EC_gen("P-256"));
  X509Certificate made = make(key.get(), name, lasts);
  X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
  demand(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0);
  Pair pair{base_ + "-" + name + ".pem", base_ + "-" + name + ".key"};
  to_file(pair.cert_file, [&](std::FILE* out) { return PEM_write_X509(out, made.get()); });
  to_file(pair.key_file,
          [&](std::FILE* out) { return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return pair;
}

}  // namespace conformance

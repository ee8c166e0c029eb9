#include "unit/tenancy/issuer.hpp"

#include <stdexcept>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/crypto.hpp"

using netweave::Value;
namespace crypto = netweave::crypto;

namespace {

std::string number(EVP_PKEY* key, const char* name, int bytes = 0) {
  BIGNUM* value = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &value) != 1) throw std::runtime_error("a key without its number");
  std::string out(static_cast<std::size_t>(bytes > 0 ? bytes : BN_num_bytes(value)), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  BN_free(value);
  return crypto::to_base64url(out);
}

std::string raw_of_der(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string out(64, '\0');
  auto* into = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(parts), into, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parts), into + 32, 32);
  ECDSA_SIG_free(parts);
  return out;
}

}  // namespace

IssuerKey::IssuerKey(std::string_view alg, evp_pkey_st* key) : alg_(alg), key_(key, EVP_PKEY_free) {
  if (key == nullptr) throw std::runtime_error("OpenSSL made no key");
}
IssuerKey IssuerKey::rsa(unsigned bits) { return {"RS256", EVP_RSA_gen(bits)}; }
IssuerKey IssuerKey::p256() { return {"ES256", EVP_EC_gen("P-256")}; }
IssuerKey IssuerKey::ed25519() { return {"EdDSA", EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}; }

Value IssuerKey::jwk(std::string_view kid) const {
  Value jwk = Value::object();
  jwk["kid"] = kid;
  jwk["alg"] = alg_;
  jwk["use"] = "sig";
  if (alg_ == "RS256") {
    jwk["kty"] = "RSA";
    jwk["n"] = number(key_.get(), OSSL_PKEY_PARAM_RSA_N);
    jwk["e"] = number(key_.get(), OSSL_PKEY_PARAM_RSA_E);
  } else if (alg_ == "ES256") {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    jwk["x"] = number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32);
    jwk["y"] = number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32);
  } else {
    std::string x(32, '\0');
    std::size_t size = x.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size);
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = crypto::to_base64url(x);
  }
  return jwk;
}

std::string IssuerKey::sign(std::string_view bytes) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t size = 0;
  EVP_DigestSignInit(context, nullptr, alg_ == "EdDSA" ? nullptr : EVP_sha256(), nullptr, key_.get());
  EVP_DigestSign(context, nullptr, &size, data, bytes.size());
  std::string out(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, data, bytes.size());
  EVP_MD_CTX_free(context);
  out.resize(size);
  return alg_ == "ES256" ? raw_of_der(out) : out;
}

std::string IssuerKey::public_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key_.get());
  char* text = nullptr;
  long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

Value good_claims() {
  Value claims = Value::object();
  claims["iss"] = "https://issuer.example";
  claims["aud"] = "netweave";
  claims["sub"] = "smo";
  claims["exp"] = test_seconds + 300;
  claims["nbf"] = test_seconds - 10;
  claims["tenant"] = "blue";
  claims["roles"] = Value::Array{"viewer", "operator"};
  return claims;
}

Value header_of(const IssuerKey& key, std::string_view kid) {
  Value header = Value::object();
  header["alg"] = key.alg();
  header["kid"] = kid;
  header["typ"] = "JWT";
  return header;
}

std::string signing_input(const Value& header, const Value& claims) {
  return crypto::to_base64url(header.to_json()) + "." + crypto::to_base64url(claims.to_json());
}

std::string token_with(const IssuerKey& key, const Value& header, const Value& claims) {
  std::string input = signing_input(header, claims);
  return input + "." + crypto::to_base64url(key.sign(input));
}

std::string jwk_set(std::initializer_list<Value> keys) {
  Value set = Value::object();
  set["keys"] = Value::Array(keys);
  return set.to_json();
}

#include "base/public_key.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

namespace netweave::crypto {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

constexpr std::size_t coordinate_bytes = 32;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

/// nullptr where libcrypto does not take it: a point off its curve.
std::shared_ptr<EVP_PKEY> make_key(const char* type, const Builder& builder) {
  Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  ERR_clear_error();
  return key != nullptr ? std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free) : nullptr;
}

/// r and s as the DER that libcrypto reads.
std::vector<unsigned char> der_of(std::string_view signature) {
  EcdsaSignature parts(ECDSA_SIG_new());
  Number r = number_of(signature.substr(0, coordinate_bytes));
  Number s = number_of(signature.substr(coordinate_bytes));
  if (!parts || !r || !s || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();
  (void)s.release();
  unsigned char* made = nullptr;
  int size = i2d_ECDSA_SIG(parts.get(), &made);
  std::vector<unsigned char> der(made, made + std::max(size, 0));
  OPENSSL_free(made);
  return der;
}

bool check(EVP_PKEY* key, const EVP_MD* digest, const unsigned char* signature, std::size_t size,
           std::string_view bytes) {
  DigestContext context(EVP_MD_CTX_new());
  bool good = context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
              EVP_DigestVerify(context.get(), signature, size, bytes_of(bytes), bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  modulus.remove_prefix(std::min(modulus.find_first_not_of('\0'), modulus.size()));
  exponent.remove_prefix(std::min(exponent.find_first_not_of('\0'), exponent.size()));
  std::size_t bits =
      modulus.empty() ? 0 : modulus.size() * 8 - std::size_t(std::countl_zero(static_cast<unsigned char>(modulus[0])));
  if (bits < min_rsa_bits || bits > max_rsa_bits)
    return make_error(ErrorKind::unimplemented, "an RSA key has " + std::to_string(min_rsa_bits) + " to " +
                                                    std::to_string(max_rsa_bits) + " bits, this one " +
                                                    std::to_string(bits));
  if ((modulus.back() & 1) == 0) return make_error(ErrorKind::invalid, "an RSA modulus is odd");
  // with the exponent 1 everybody signs; a long one only costs time
  if (exponent.empty() || exponent.size() > 8 || (exponent.back() & 1) == 0 || exponent == "\x01")
    return make_error(ErrorKind::invalid, "an RSA exponent is odd, at least 3, and has at most 64 bits");
  Number n = number_of(modulus);
  Number e = number_of(exponent);
  Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  auto key = make_key("RSA", builder);
  if (!key) return make_error(ErrorKind::invalid, "libcrypto does not take the RSA key");
  return PublicKey(Scheme::rs256, std::move(key));
}

Result<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
  if (x.size() != coordinate_bytes || y.size() != coordinate_bytes)
    return make_error(ErrorKind::invalid, "the coordinates of a P-256 key have 32 bytes each");
  std::string point = std::string(1, '\x04').append(x).append(y);
  Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  auto key = make_key("EC", builder);
  if (!key) return make_error(ErrorKind::invalid, "the point is not on P-256");
  return PublicKey(Scheme::es256, std::move(key));
}

Result<PublicKey> PublicKey::ed25519(std::string_view x) {
  if (x.size() != coordinate_bytes) return make_error(ErrorKind::invalid, "an Ed25519 key has 32 bytes");
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size());
  if (key == nullptr) return make_error(ErrorKind::invalid, "libcrypto does not take the Ed25519 key");
  return PublicKey(Scheme::ed25519, std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

bool PublicKey::proves(std::string_view bytes, std::string_view signature) const {
  if (scheme_ == Scheme::ed25519) return check(key_.get(), nullptr, bytes_of(signature), signature.size(), bytes);
  if (scheme_ == Scheme::rs256)  // PKCS #1 v1.5 is what EVP does unless it is told otherwise
    return check(key_.get(), EVP_sha256(), bytes_of(signature), signature.size(), bytes);
  if (signature.size() != 2 * coordinate_bytes) return false;
  std::vector<unsigned char> der = der_of(signature);
  return check(key_.get(), EVP_sha256(), der.data(), der.size(), bytes);
}

}  // namespace netweave::crypto

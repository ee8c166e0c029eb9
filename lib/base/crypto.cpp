#include "base/crypto.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

namespace netweave::crypto {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int length_of(std::string_view text) { return static_cast<int>(text.size()); }

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

constexpr int nonce_bytes = 12;
constexpr int tag_bytes = 16;

std::string digest(const EVP_MD* kind, std::string_view bytes) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), bytes_of(out), &size, kind, nullptr);
  out.resize(size);
  return out;
}

std::string encode64(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      if (i + j <= bytes.size())
        out += alphabet[group >> (18 - 6 * j) & 63U];
      else if (pad)
        out += '=';
    }
  }
  return out;
}

/// What each byte stands for; 64 where it is none of the alphabet. A search for each byte was a tenth of a page's time.
using Places = std::array<std::uint8_t, 256>;
constexpr Places places_in(std::string_view alphabet) {
  Places places{};
  places.fill(64);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    places[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return places;
}

std::optional<std::string> decode64(std::string_view text, const Places& places) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  unsigned group = 0;
  unsigned bits = 0;
  for (char letter : text) {
    unsigned place = places[static_cast<unsigned char>(letter)];
    if (place == 64) return std::nullopt;
    group = group << 6 | place;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 255U);
    }
  }
  if (bits > 0 && (group & ((1U << bits) - 1U)) != 0) return std::nullopt;  // one spelling for each value
  return out;
}

constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr Places standard_places = places_in(standard);
constexpr Places url_safe_places = places_in(url_safe);

struct MacFree {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Mac = std::unique_ptr<EVP_MAC_CTX, MacFree>;

/// OpenSSL looks an algorithm up by its name, which takes longer than a short text's HMAC: once a thread.
Mac make_hmac_sha256() {
  EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  Mac mac(EVP_MAC_CTX_new(algorithm));
  EVP_MAC_free(algorithm);
  std::string name = "SHA256";
  std::array<OSSL_PARAM, 2> parameters = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                          OSSL_PARAM_construct_end()};
  if (!mac || EVP_MAC_CTX_set_params(mac.get(), parameters.data()) != 1)
    throw std::runtime_error("this OpenSSL has no HMAC-SHA256");
  return mac;
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(bytes_of(out), length_of(out)) != 1) throw std::runtime_error("no random bytes to be had");
  return out;
}

// fetched once and kept, for the same reason as the HMAC: every object that is put has a UUID made of a digest
std::string sha256(std::string_view bytes) {
  static const EVP_MD* const kind = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest(kind, bytes);
}

std::string sha1(std::string_view bytes) {
  static const EVP_MD* const kind = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  return digest(kind, bytes);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  thread_local const Mac mac = make_hmac_sha256();
  std::string out(32, '\0');
  std::size_t size = 0;
  EVP_MAC_init(mac.get(), bytes_of(key), key.size(), nullptr);
  EVP_MAC_update(mac.get(), bytes_of(bytes), bytes.size());
  EVP_MAC_final(mac.get(), bytes_of(out), &size, out.size());
  return out;
}

bool equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string seal(std::string_view key, std::string_view plain) {
  std::string nonce = random_bytes(nonce_bytes);
  std::string cipher(plain.size(), '\0');
  std::string tag(tag_bytes, '\0');
  Cipher context(EVP_CIPHER_CTX_new());
  int size = 0;
  EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce));
  EVP_EncryptUpdate(context.get(), bytes_of(cipher), &size, bytes_of(plain), length_of(plain));
  EVP_EncryptFinal_ex(context.get(), bytes_of(cipher) + size, &size);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, tag.data());
  return nonce + cipher + tag;
}

std::optional<std::string> open(std::string_view key, std::string_view sealed) {
  if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
  std::string_view nonce = sealed.substr(0, nonce_bytes);
  std::string tag(sealed.substr(sealed.size() - tag_bytes));
  std::string_view cipher = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
  std::string plain(cipher.size(), '\0');
  Cipher context(EVP_CIPHER_CTX_new());
  int size = 0;
  EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce));
  EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(cipher), length_of(cipher));
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data());
  if (EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &size) != 1) return std::nullopt;
  return plain;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char byte : bytes) {
    out += digits[static_cast<unsigned char>(byte) >> 4];
    out += digits[static_cast<unsigned char>(byte) & 15U];
  }
  return out;
}

std::string to_base64(std::string_view bytes) { return encode64(bytes, standard, true); }
std::string to_base64url(std::string_view bytes) { return encode64(bytes, url_safe, false); }
std::optional<std::string> from_base64(std::string_view text) { return decode64(text, standard_places); }
std::optional<std::string> from_base64url(std::string_view text) { return decode64(text, url_safe_places); }

}  // namespace netweave::crypto

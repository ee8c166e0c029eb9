#include "tenancy/token_verifier.hpp"

#include <future>

#include <doctest/doctest.h>

#include "base/crypto.hpp"
#include "unit/tenancy/issuer.hpp"

using namespace netweave;
using namespace netweave::tenancy;
using namespace std::string_literals;

namespace {

struct Keys {
  IssuerKey rsa = IssuerKey::rsa();
  IssuerKey p256 = IssuerKey::p256();
  IssuerKey ed25519 = IssuerKey::ed25519();
};
const Keys& keys() {
  static const Keys made;
  return made;
}

/// Gives what `text` holds at the time of the fetch; an empty text is an issuer that is away.
class Source {
 public:
  explicit Source(std::string text) : text_(std::make_shared<State>(std::move(text))) {}
  void set(std::string text) const {
    std::lock_guard lock(text_->mutex);
    text_->text = std::move(text);
  }
  [[nodiscard]] int fetches() const {
    std::lock_guard lock(text_->mutex);
    return text_->fetches;
  }
  operator KeySource() const {
    return [state = text_](const std::stop_token&) -> Result<KeyText> {
      std::lock_guard lock(state->mutex);
      ++state->fetches;
      if (state->text.empty()) return make_error(ErrorKind::unavailable, "away");
      return KeyText{state->text, std::chrono::hours(1)};
    };
  }

 private:
  struct State {
    explicit State(std::string given) : text(std::move(given)) {}
    std::mutex mutex;
    std::string text;
    int fetches = 0;
  };
  std::shared_ptr<State> text_;
};

struct Verified {
  explicit Verified(std::string set, std::chrono::milliseconds between = std::chrono::milliseconds(0))
      : source(std::move(set)),
        verifier(
            options(), source, [this] { return now; }, Log(), pace(between)) {}

  static JwtOptions options() {
    JwtOptions made;
    made.issuer = "https://issuer.example";
    made.audience = "netweave";
    return made;
  }
  static KeyRing::Pace pace(std::chrono::milliseconds between) {
    KeyRing::Pace made;
    made.between_renewals = between;
    return made;
  }
  Result<Claims> verify(const std::string& text) {
    std::promise<Result<Claims>> answer;
    verifier.verify(text, [&](Result<Claims> result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  std::string cause(const std::string& text) {
    auto result = verify(text);
    return result ? "" : result.error().cause;
  }

  std::chrono::system_clock::time_point now = test_now;
  Source source;
  TokenVerifier verifier;
};

std::string all_keys() { return jwk_set({keys().rsa.jwk("r"), keys().p256.jwk("p"), keys().ed25519.jwk("e")}); }

std::string with_signature(const std::string& text, std::string_view signature) {
  return text.substr(0, text.rfind('.') + 1) + crypto::to_base64url(signature);
}
std::string signature_of(const std::string& text) {
  return crypto::from_base64url(text.substr(text.rfind('.') + 1)).value();
}

const std::string wrong = "token refused: its signature is wrong";
const std::string unknown = "token refused: no key of its issuer has its kid and alg";

}  // namespace

TEST_CASE("tokens of all three algorithms are proven, the first ones once the keys are there") {
  Verified world(all_keys());
  CHECK(world.verify(token(keys().rsa, "r"))->subject == "smo");
  CHECK(world.verify(token(keys().p256, "p"))->tenant == "blue");
  CHECK(world.verify(token(keys().ed25519, "e"))->roles.size() == 2);
  CHECK(world.source.fetches() == 1);
}

TEST_CASE("a signature over other words, cut, grown or by another key proves nothing") {
  Verified world(all_keys());
  struct Case {
    const IssuerKey& key;
    const char* kid;
    IssuerKey other;
  };
  for (const Case& one : {Case{keys().rsa, "r", IssuerKey::rsa()}, Case{keys().p256, "p", IssuerKey::p256()},
                          Case{keys().ed25519, "e", IssuerKey::ed25519()}}) {
    CAPTURE(one.kid);
    std::string good = token(one.key, one.kid);
    std::string signature = signature_of(good);
    CHECK(world.cause(with_signature(good, signature.substr(1))) == wrong);
    CHECK(world.cause(with_signature(good, signature.substr(0, signature.size() - 1))) == wrong);
    CHECK(world.cause(with_signature(good, signature + std::string(1, '\0'))) == wrong);
    CHECK(world.cause(with_signature(good, std::string(1, '\0') + signature)) == wrong);
    CHECK(world.cause(with_signature(good, std::string(signature.size(), '\0'))) == wrong);
    CHECK(world.cause(with_signature(good, std::string(signature.size(), '\xff'))) == wrong);
    CHECK(world.cause(token(one.other, one.kid)) == wrong);
    for (std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      std::string flipped = signature;
      flipped[at] = static_cast<char>(flipped[at] ^ 1);
      CHECK(world.cause(with_signature(good, flipped)) == wrong);
    }
    Value admin = good_claims();
    admin["sub"] = "admin";
    CHECK(world.cause(with_signature(token(one.key, one.kid, admin), signature)) == wrong);
  }
}

TEST_CASE("ES256 with r or s of zero, or of the group's order, and in DER, proves nothing") {
  Verified world(all_keys());
  std::string good = token(keys().p256, "p");
  std::string signature = signature_of(good);
  std::string zero(32, '\0');
  std::string one = std::string(31, '\0') + '\x01';
  std::string order =
      "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"s;
  for (const std::string& bad : {zero + zero, zero + signature.substr(32), signature.substr(0, 32) + zero,
                                 order + order, order + one, one + order, one + one, zero + one})
    CHECK(world.cause(with_signature(good, bad)) == wrong);
  std::string der = std::string("\x30\x44\x02\x20") + signature.substr(0, 32) + "\x02\x20" + signature.substr(32);
  CHECK(world.cause(with_signature(good, der)) == wrong);
}

TEST_CASE("no algorithm is taken for another") {
  Verified world(all_keys());
  Value header = header_of(keys().rsa, "r");
  SUBCASE("HS256 with the public key as the secret") {
    header["alg"] = "HS256";
    std::string input = signing_input(header, good_claims());
    for (const std::string& secret : {keys().rsa.public_pem(), std::string(keys().rsa.jwk("r").at("n").as_text())}) {
      std::string text = input + "." + crypto::to_base64url(crypto::hmac_sha256(secret, input));
      CHECK(world.cause(text) == "token refused: its alg is \"HS256\", not RS256, ES256 or EdDSA");
    }
  }
  SUBCASE("the kid of a key of another type") {
    header["kid"] = "p";
    CHECK(world.cause(token_with(keys().rsa, header, good_claims())) == unknown);
    header["alg"] = "ES256";
    CHECK(world.cause(token_with(keys().rsa, header, good_claims())) == wrong);
  }
  SUBCASE("a key that the token brings along") {
    IssuerKey mine = IssuerKey::rsa();
    header["jwk"] = mine.jwk("r");
    header["jku"] = "http://127.0.0.1:1/";
    CHECK(world.cause(token_with(mine, header, good_claims())) == wrong);
  }
}

TEST_CASE("a token that was proven is held to its times each time") {
  Verified world(all_keys());
  std::string text = token(keys().p256, "p");
  CHECK(world.verify(text));
  world.now += std::chrono::seconds(359);
  CHECK(world.verify(text));
  world.now += std::chrono::seconds(1);
  CHECK(world.cause(text) == "token refused: it has expired");
}

TEST_CASE("a new kid fetches the keys once more and is then known; a withdrawn key takes its proven tokens along") {
  Verified world(all_keys());
  std::string old = token(keys().p256, "p");
  CHECK(world.verify(old));
  IssuerKey next = IssuerKey::p256();
  world.source.set(jwk_set({next.jwk("next")}));
  CHECK(world.verify(token(next, "next")));
  CHECK(world.source.fetches() == 2);
  CHECK(world.cause(old) == unknown);
}

TEST_CASE("unknown kids fetch no more often than the pace allows, and are refused at once between") {
  Verified world(all_keys(), std::chrono::hours(1));
  CHECK(world.verify(token(keys().p256, "p")));
  for (int i = 0; i < 20; ++i) CHECK(world.cause(token(keys().p256, "stranger" + std::to_string(i))) == unknown);
  CHECK(world.source.fetches() == 1);
  CHECK(world.verify(token(keys().p256, "p")));
}

TEST_CASE("tokens with claims that are refused fetch nothing") {
  Verified world(all_keys());
  CHECK(world.verify(token(keys().p256, "p")));
  Value expired = good_claims();
  expired["exp"] = test_seconds - 1000;
  CHECK(world.cause(token(keys().p256, "stranger", expired)) == "token refused: it has expired");
  CHECK(world.source.fetches() == 1);
}

TEST_CASE("while the issuer is away the old keys stay, and of a new kid nobody knows") {
  Verified world(all_keys());
  CHECK(world.verify(token(keys().p256, "p")));
  world.source.set("");
  auto unsure = world.verify(token(keys().p256, "next"));
  REQUIRE(!unsure);
  CHECK(unsure.error().kind == ErrorKind::unavailable);
  CHECK(unsure.error().retry_after);
  CHECK(world.verify(token(keys().ed25519, "e")));
  world.source.set("{");
  CHECK(world.verify(token(keys().p256, "next")).error().kind == ErrorKind::unavailable);
  CHECK(world.verify(token(keys().rsa, "r")));
}

TEST_CASE("an issuer that never was there is no reason to refuse a token for good") {
  Verified world("");
  CHECK(world.verify(token(keys().p256, "p")).error().kind == ErrorKind::unavailable);
  world.source.set(all_keys());
  CHECK(world.verify(token(keys().p256, "p")));
}

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "base/crypto.hpp"
#include "tenancy/jwks.hpp"

using namespace netweave;
using namespace netweave::tenancy;

namespace {

/// Whether the one key of the set proves the token's signature.
bool proves(const std::string& jwk, crypto::Scheme scheme, std::string_view token) {
  auto set = KeySet::parse(R"({"keys":[)" + jwk + "]}");
  REQUIRE(set);
  const crypto::PublicKey* key = set->find("", scheme);
  REQUIRE(key != nullptr);
  std::size_t dot = token.rfind('.');
  return key->proves(token.substr(0, dot), crypto::from_base64url(token.substr(dot + 1)).value());
}

const std::string joe =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

}  // namespace

TEST_CASE("RFC 7515 appendix A.2: RS256") {
  std::string key =
      R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})";
  std::string token =
      "eyJhbGciOiJSUzI1NiJ9." + joe +
      ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7"
      "t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
      "xi12j"
      "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_"
      "IoypGlUPQG"
      "e77Rw";
  CHECK(proves(key, crypto::Scheme::rs256, token));
  token[30] = 'X';
  CHECK_FALSE(proves(key, crypto::Scheme::rs256, token));
}

TEST_CASE("RFC 7515 appendix A.3: ES256") {
  std::string key =
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
  std::string token = "eyJhbGciOiJFUzI1NiJ9." + joe +
                      ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  CHECK(proves(key, crypto::Scheme::es256, token));
  token[30] = 'X';
  CHECK_FALSE(proves(key, crypto::Scheme::es256, token));
}

TEST_CASE("RFC 8037 appendix A.4: EdDSA") {
  std::string key = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  CHECK(proves(key, crypto::Scheme::ed25519, token));
  token[30] = 'X';
  CHECK_FALSE(proves(key, crypto::Scheme::ed25519, token));
}

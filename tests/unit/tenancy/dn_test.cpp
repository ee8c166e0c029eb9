#include "tenancy/dn.hpp"

#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/x509.h>

using netweave::tenancy::canonical_dn;

namespace {

struct Part {
  const char* type;
  int encoding;
  std::string value;
};

/// What OpenSSL prints for a name of these attributes, first one first in the certificate.
std::string printed(const std::vector<Part>& parts, int set = 0) {
  X509_NAME* name = X509_NAME_new();
  for (const Part& part : parts) {
    ASN1_OBJECT* type = OBJ_txt2obj(part.type, 0);
    X509_NAME_add_entry_by_OBJ(name, type, part.encoding, reinterpret_cast<const unsigned char*>(part.value.data()),
                               static_cast<int>(part.value.size()), -1, &part == parts.data() ? 0 : set);
    ASN1_OBJECT_free(type);
  }
  BIO* bio = BIO_new(BIO_s_mem());
  X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  long size = BIO_get_mem_data(bio, &text);
  std::string out(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  X509_NAME_free(name);
  return out;
}

std::string canonical(std::string_view text) { return canonical_dn(text).value_or("INVALID"); }

}  // namespace

TEST_CASE("a name that a person wrote equals what OpenSSL prints of the certificate") {
  CHECK(canonical("CN=smo,O=Example") ==
        canonical(printed({{"O", MBSTRING_UTF8, "Example"}, {"CN", MBSTRING_UTF8, "smo"}})));
  CHECK(canonical("cn = smo , o=Example") == "CN=smo,O=Example");
  CHECK(canonical("CN=a\\,b\\+c\\\"d\\\\e\\;f\\<g\\>h=i#j") ==
        canonical(printed({{"CN", MBSTRING_UTF8, "a,b+c\"d\\e;f<g>h=i#j"}})));
  CHECK(canonical("CN=\"a,b+c\"") == canonical(printed({{"CN", MBSTRING_UTF8, "a,b+c"}})));
  CHECK(canonical("CN=Z\xc3\xbcrich") == canonical(printed({{"CN", MBSTRING_UTF8, "Z\xc3\xbcrich"}})));
  CHECK(canonical("CN=Z\xc3\xbcrich") == canonical(printed({{"CN", V_ASN1_T61STRING, "Z\xfcrich"}})));
  CHECK(canonical("CN=\\ edges\\ ") == canonical(printed({{"CN", MBSTRING_UTF8, " edges "}})));
  CHECK(canonical("CN=\\#1") == canonical(printed({{"CN", MBSTRING_UTF8, "#1"}})));
  CHECK(canonical("CN=a\\0Ab") == canonical(printed({{"CN", MBSTRING_UTF8, "a\nb"}})));
  CHECK(canonical("E=a@b.example,DC=example") ==
        canonical(printed({{"DC", V_ASN1_IA5STRING, "example"}, {"emailAddress", V_ASN1_IA5STRING, "a@b.example"}})));
  CHECK(canonical("1.2.3.4=foo") == canonical(printed({{"1.2.3.4", V_ASN1_UTF8STRING, "foo"}})));
}

TEST_CASE("every attribute type that OpenSSL prints by a name equals its object identifier") {
  for (const char* oid : {"2.5.4.3", "2.5.4.4", "2.5.4.5", "2.5.4.6", "2.5.4.7", "2.5.4.8", "2.5.4.9", "2.5.4.10",
                          "2.5.4.11", "2.5.4.12", "2.5.4.42", "2.5.4.43", "2.5.4.46", "2.5.4.97",
                          "0.9.2342.19200300.100.1.1", "0.9.2342.19200300.100.1.25", "1.2.840.113549.1.9.1"}) {
    CAPTURE(oid);
    CHECK(canonical(printed({{oid, V_ASN1_PRINTABLESTRING, "DE"}})) == canonical(std::string("OID.") + oid + "=DE"));
  }
}

TEST_CASE("the order of relative names counts, that inside one does not") {
  CHECK(canonical("CN=a,O=b") != canonical("O=b,CN=a"));
  CHECK(canonical("OU=x+CN=y,O=z") == canonical("CN=y+OU=x,O=z"));
  CHECK(canonical("CN=y+OU=x") == canonical(printed({{"CN", MBSTRING_UTF8, "y"}, {"OU", MBSTRING_UTF8, "x"}}, -1)));
  CHECK(canonical("CN=y+OU=x") != canonical("CN=y,OU=x"));
}

TEST_CASE("the case and the inner spaces of values count") {
  CHECK(canonical("CN=smo") != canonical("CN=SMO"));
  CHECK(canonical("CN=a b") != canonical("CN=a  b"));
}

TEST_CASE("a NUL does not end a name") {
  CHECK(canonical("CN=smo\\00evil") == "CN=smo\\00evil");
  CHECK(canonical(printed({{"CN", MBSTRING_UTF8, std::string("smo\0evil", 8)}})) == "CN=smo\\00evil");
}

TEST_CASE("hex values of other types stay hex") { CHECK(canonical("CN=#0201ff") == "CN=#0201FF"); }

TEST_CASE("what is no name is refused") {
  using namespace std::string_view_literals;
  for (std::string_view text : {""sv,         "smo"sv,
                                "CN"sv,       "=x"sv,
                                "CN=a,"sv,    "CN=a,,O=b"sv,
                                ",CN=a"sv,    "CN=a+"sv,
                                "CN=a;O=b"sv, "CN=a\"b"sv,
                                "CN=\"a"sv,   "CN=\"a\"b"sv,
                                "CN=a\\"sv,   "CN=a\\x"sv,
                                "CN=a\\f"sv,  "CN=#"sv,
                                "CN=#0"sv,    "CN=#0g"sv,
                                "CN=a<b"sv,   "C N=a"sv,
                                "1..2=a"sv,   "1.02=a"sv,
                                "1.2.=a"sv,   "-=a"sv,
                                "C.N=a"sv,    "/CN=smo/O=Example"sv,
                                "CN=\\ff"sv,  "CN=\xff"sv,
                                "CN=a\0b"sv})
    CHECK_MESSAGE(!canonical_dn(text), text);
  CHECK(!canonical_dn("CN=" + std::string(9000, 'a')));
}

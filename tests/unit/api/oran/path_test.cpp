#include "api/oran/path.hpp"

#include <doctest/doctest.h>

using namespace netweave::api::oran;

TEST_CASE("both spellings, doubled and trailing slashes are one path; links keep the spelling that was asked") {
  const std::string known = "/o2ims-infrastructureInventory/v2/resourcePools";
  for (const char* asked :
       {"/o2ims-infrastructureInventory/v2/resourcePools", "/O2ims_infrastructureInventory/v2/resourcePools",
        "/o2ims-infrastructureInventory/v2/resourcePools/", "//o2ims-infrastructureInventory//v2///resourcePools//"}) {
    auto clean = clean_path(asked);
    REQUIRE(clean);
    CHECK(clean->known == known);
  }
  CHECK(clean_path("//O2ims_infrastructureInventory/v1/")->asked == "/O2ims_infrastructureInventory/v1");
  CHECK(clean_path("/O2ims_infrastructureMonitoring/v1")->known == "/o2ims-infrastructureMonitoring/v1");
}

TEST_CASE("paths of others are left alone") {
  for (const char* other : {"", "/", "//", "/o2ims/v1//resources", "/o2ims", "/x/o2ims-infrastructureInventory/v1",
                            "o2ims-infrastructureInventory/v1", "/O2IMS-infrastructureInventory/v1"})
    CHECK_FALSE(clean_path(other));
}

TEST_CASE("the version that a path stands for") {
  CHECK(full_version("v1") == "1.0.0");
  CHECK(full_version("v2") == "2.0.0");
  CHECK(full_version("v3").empty());
  CHECK(major_version("/o2ims-infrastructureInventory/v2") == "v2");
  CHECK(major_version("/o2ims-infrastructureInventory/v1/resourcePools") == "v1");
  for (const char* none : {"", "/", "/o2ims-infrastructureInventory", "/o2ims-infrastructureInventory/v3",
                           "/o2ims-infrastructureInventory/api_versions"})
    CHECK(major_version(none).empty());
}

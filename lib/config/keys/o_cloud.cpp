#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "o_cloud.id",
     .access = at<&Config::o_cloud, &OCloudConfig::id>(),
     .outside_dev = "",
     .doc = "`oCloudId`: letters, digits and `._:-`. Must be set in staging and prod. Changing it makes a new O-Cloud "
            "of the same store."},
    {.path = "o_cloud.global_cloud_id",
     .access = at<&Config::o_cloud, &OCloudConfig::global_cloud_id>(),
     .doc = "`globalCloudId`, as the SMO assigned it. Empty: derived from the id."},
    {.path = "o_cloud.name", .access = at<&Config::o_cloud, &OCloudConfig::name>(), .doc = "Name for people."},
    {.path = "o_cloud.description",
     .access = at<&Config::o_cloud, &OCloudConfig::description>(),
     .doc = "Description for people."},
    {.path = "o_cloud.service_uri",
     .access = at<&Config::o_cloud, &OCloudConfig::service_uri>(),
     .doc = "`serviceUri`: http or https, as clients reach this gateway. Empty: the address that it listens on. Set it "
            "behind a proxy or a NAT."},
};

constexpr Key location[] = {
    {.path = "global_location_id",
     .access = at<&LocationConfig::global_location_id>(),
     .doc = "`globalLocationId`, as the SMO assigned it. Unique."},
    {.path = "name", .access = at<&LocationConfig::name>(), .doc = "Name for people. Empty: the id."},
    {.path = "description", .access = at<&LocationConfig::description>(), .doc = "Description for people."},
    {.path = "coordinate",
     .access = at<&LocationConfig::coordinate>(),
     .type = Type::list,
     .doc = "Longitude, latitude and perhaps altitude, as a GeoJSON point has them: `[-77.0364, 38.8951]`. One of "
            "`coordinate`, `civic_address` and `address` is needed."},
    {.path = "civic_address",
     .access = at<&LocationConfig::civic_address>(),
     .type = Type::texts,
     .doc = "Texts by the numbers of RFC 4776: `{1: CA, 6: Toronto}`."},
    {.path = "address", .access = at<&LocationConfig::address>(), .doc = "The address as people write it."},
    {.path = "extensions",
     .access = at<&LocationConfig::extensions>(),
     .type = Type::free,
     .doc = "Whatever else the SMO should see of it."},
};

constexpr Key site[] = {
    {.path = "id",
     .access = at<&SiteConfig::id>(),
     .doc = "Unique. A UUID is the `oCloudSiteId` as it stands; of another id one is made."},
    {.path = "global_location_id",
     .access = at<&SiteConfig::global_location_id>(),
     .doc = "Which of `o_cloud.locations` it is at."},
    {.path = "name", .access = at<&SiteConfig::name>(), .doc = "Name for people. Empty: the id."},
    {.path = "description", .access = at<&SiteConfig::description>(), .doc = "Description for people."},
    {.path = "resource_pools",
     .access = at<&SiteConfig::resource_pools>(),
     .type = Type::list,
     .doc = "Ids of its pools. Empty: the pools whose `location` or `globalLocationId` is its `global_location_id`. A "
            "site that holds no pool is not shown."},
    {.path = "extensions",
     .access = at<&SiteConfig::extensions>(),
     .type = Type::free,
     .doc = "Whatever else the SMO should see of it."},
};

constexpr List lists[] = {
    list_of<&Config::o_cloud, &OCloudConfig::locations>(
        "o_cloud.locations", "locations", location, false,
        "A list of the places that the SMO knows; [oran.md](oran.md#sites-and-locations) says what is made of them."),
    list_of<&Config::o_cloud, &OCloudConfig::sites>(
        "o_cloud.sites", "sites", site, false,
        "A list of the O-Cloud's sites. Pools that none of them claims are shown in a site of their own location."),
};

}  // namespace

Section o_cloud() { return {keys, lists}; }

}  // namespace netweave::config::sections

"""The standard's inventory, from outside: shapes of both versions, ids, filters, selectors, paging, refusals."""

import re
import uuid

import pytest

from gateway import Gateway, wait_until

V1 = "/o2ims-infrastructureInventory/v1"
V2 = "/o2ims-infrastructureInventory/v2"


def listed(gateway, path):
    answer = gateway.get(path)
    assert answer.status == 200, answer
    assert isinstance(answer.json, list)
    return answer.json


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def link(answer, rel):
    found = re.search(rf'<([^>]*)>; rel="{rel}"', answer.headers.get("link", ""))
    return found and found[1]


def is_uuid(text):
    return str(uuid.UUID(text)) == text


STRING, LIST, OBJECT = str, list, dict
SHAPES = {
    V1: {
        "deploymentManagers": {"deploymentManagerId": STRING, "name": STRING, "description": STRING, "oCloudId": STRING,
                               "serviceUri": STRING, "supportedLocations": LIST, "capabilities": OBJECT,
                               "capacity": OBJECT, "extensions": OBJECT},
        "resourcePools": {"resourcePoolId": STRING, "oCloudId": STRING, "globalLocationId": STRING, "name": STRING,
                          "description": STRING, "location": STRING, "extensions": OBJECT},
        "resourceTypes": {"resourceTypeId": STRING, "name": STRING, "description": STRING, "vendor": STRING,
                          "model": STRING, "version": STRING, "alarmDictionary": type(None),
                          "alarmDictionaryId": type(None), "resourceKind": STRING, "resourceClass": STRING,
                          "extensions": OBJECT},
        "resources": {"resourceId": STRING, "resourceTypeId": STRING, "resourcePoolId": STRING, "globalAssetId": STRING,
                      "description": STRING, "elements": LIST, "extensions": OBJECT},
    },
    V2: {
        "resourcePools": {"resourcePoolId": STRING, "name": STRING, "oCloudSiteId": STRING, "description": STRING,
                          "extensions": OBJECT},
        "resourceTypes": {"resourceTypeId": STRING, "name": STRING, "description": STRING, "vendor": STRING,
                          "model": STRING, "version": STRING, "alarmDictionaryId": type(None),
                          "performanceDictionaryId": type(None), "resourceKind": STRING, "resourceClass": STRING,
                          "extensions": OBJECT},
        "resources": {"resourceId": STRING, "resourceTypeId": STRING, "resourcePoolId": STRING, "globalAssetId": STRING,
                      "description": STRING, "elements": LIST, "tags": LIST, "groups": LIST, "extensions": OBJECT},
        "oCloudSites": {"oCloudSiteId": STRING, "globalLocationId": STRING, "name": STRING, "description": STRING,
                        "resourcePools": LIST, "extensions": OBJECT},
        "locations": {"globalLocationId": STRING, "name": STRING, "description": STRING, "oCloudSiteIds": LIST,
                      "coordinate": OBJECT, "extensions": OBJECT},
    },
}
SHAPES[V2]["deploymentManagers"] = SHAPES[V1]["deploymentManagers"]


@pytest.mark.parametrize("base", [V1, V2])
def test_lists_and_gets_have_the_versions_shapes(simulated, base):
    for kind, shape in SHAPES[base].items():
        path = f"{base}/{kind}"
        if kind == "resources":
            pool = listed(simulated, f"{base}/resourcePools")[0]["resourcePoolId"]
            path = f"{base}/resourcePools/{pool}/resources"
        items = listed(simulated, path)
        assert items
        for item in items:
            assert {name: type(value) for name, value in item.items()} == shape
        identifier = next(iter(shape))
        one = items[-1]
        got = simulated.get(f"{path}/{one[identifier]}")
        assert got.status == 200 and got.json == one
        if kind != "locations":
            assert all(is_uuid(item[identifier]) for item in items)
        assert simulated.get(f"{path}/{uuid.uuid4()}").status == 404
        assert len({item[identifier] for item in items}) == len(items)


def test_the_o_cloud(simulated):
    first = simulated.get(V1).json
    second = simulated.get(V2).json
    assert list(second) == ["oCloudId", "globalCloudId", "name", "description", "serviceUri", "extensions"]
    assert first == {**second, "globalcloudId": second["globalCloudId"]}
    assert is_uuid(second["oCloudId"]) and is_uuid(second["globalCloudId"])
    assert second["serviceUri"] == f"http://127.0.0.1:{simulated.port}"
    assert {pool["oCloudId"] for pool in listed(simulated, V1 + "/resourcePools")} == {second["oCloudId"]}
    own = simulated.get("/o2ims/v1/oCloudInfrastructure").json
    assert own["globalCloudId"] == second["globalCloudId"] and own["serviceUri"] == second["serviceUri"]


def test_our_own_ids_are_accepted_and_words_are_the_standards(simulated):
    own = simulated.get("/o2ims/v1/resources/sim-res-0000007").json
    path = f"{V2}/resourcePools/{own['resourcePoolId']}/resources"
    by_own = simulated.get(f"{path}/sim-res-0000007")
    resource = by_own.json
    assert resource["extensions"] == own["extensions"] and resource["globalAssetId"] == own["globalAssetId"]
    pool = simulated.get(f"{V2}/resourcePools/{own['resourcePoolId']}").json
    assert resource["resourcePoolId"] == pool["resourcePoolId"]
    path = f"{V2}/resourcePools/{pool['resourcePoolId']}/resources"
    assert simulated.get(f"{path}/{resource['resourceId']}").json == resource
    assert simulated.get(f"{path}/{resource['resourceId'].upper()}").json == resource
    kind = simulated.get(f"{V2}/resourceTypes/{resource['resourceTypeId']}").json
    assert (kind["resourceClass"], kind["resourceKind"]) == ("COMPUTE", "PHYSICAL")
    elsewhere = next(p for p in listed(simulated, f"{V2}/resourcePools") if p["resourcePoolId"] != pool["resourcePoolId"])
    path = f"{V2}/resourcePools/{elsewhere['resourcePoolId']}/resources"
    assert simulated.get(f"{path}/{resource['resourceId']}").status == 404
    assert simulated.get(f"{V2}/resourcePools/absent/resources").status == 404


def test_ids_are_the_same_after_a_restart(tmp_path):
    with Gateway(tmp_path) as gateway:
        gateway.wait_ready()
        before = listed(gateway, V2 + "/resourcePools")
    with Gateway(tmp_path) as gateway:
        gateway.wait_ready()
        assert listed(gateway, V2 + "/resourcePools") == before


def test_filters(simulated):
    pools = listed(simulated, V2 + "/resourcePools")
    pool = pools[1]["resourcePoolId"]
    of_pool = listed(simulated, f"{V2}/resourcePools/{pool}/resources")

    def found(expression, path=f"/resourcePools/{pool}/resources"):
        return listed(simulated, V2 + path + "?filter=" + expression)

    def where(test):
        return [resource for resource in of_pool if test(resource)]

    cores = where(lambda resource: resource["extensions"]["cpu"]["cores"] >= 64)
    assert 0 < len(cores) < len(of_pool)
    assert found("(gte,extensions/cpu/cores,64)") == cores
    assert found("(lt,extensions/cpu/cores,64)") == [resource for resource in of_pool if resource not in cores]
    du = where(lambda resource: resource["extensions"]["labels"]["role"] == "du")
    assert found("(eq,extensions/labels/role,du)") == du
    assert found("(neq,extensions/labels/role,du)") == [resource for resource in of_pool if resource not in du]
    both = where(lambda resource: resource in cores and resource in du)
    for text in ("(gte,extensions/cpu/cores,64);(eq,extensions/labels/role,du)",
                 "(gte,extensions/cpu/cores,64)%3B(eq,extensions/labels/role,du);",
                 "(gte,%20extensions/cpu/cores,%2064);(eq,extensions/labels/role,+'du')",
                 "(gte,extensions/cpu/cores,64)&filter=(eq,extensions/labels/role,du)"):
        assert found(text) == both
    two = of_pool[3]["resourceId"] + "," + of_pool[5]["resourceId"]
    assert found(f"(in,resourceId,{two})") == [of_pool[3], of_pool[5]]
    assert len(found(f"(nin,resourceId,{two})")) == len(of_pool) - 2
    text = of_pool[0]["description"]
    assert found(f"(eq,description,'{text}')".replace(" ", "%20")) == [of_pool[0]]
    assert found("(cont,description,rack%201)") == where(lambda resource: "rack 1" in resource["description"])
    assert found("(eq,resourcePoolId,sim-pool-0001)") == of_pool
    assert found(f"(eq,resourcePoolId,{uuid.uuid4()})") == []
    assert found("(eq,name,'Pool%201')", "/resourcePools") == [pools[1]]
    assert found("(eq,resourceClass,COMPUTE)", "/resourceTypes") == listed(simulated, V2 + "/resourceTypes")
    assert found("(eq,resourceClass,compute)", "/resourceTypes") == []
    managers = listed(simulated, V2 + "/deploymentManagers")
    for expression in ("(eq,capabilities/simulated,true)", "(eq,supportedLocations,zone-b)", "(neq,capacity/totalCpu,1)",
                       f"(eq,oCloudId,{managers[0]['oCloudId']})", "(eq,oCloudId,ocloud-1)", "(eq,deploymentManagerId,sim-dm)"):
        assert found(expression, "/deploymentManagers") == managers
    for expression in ("(eq,capabilities/simulated,false)", "(eq,capabilities/other,true)", "(eq,supportedLocations,zone-d)",
                       "(neq,oCloudId,ocloud-1)", "(cont,extensions,x)"):
        assert found(expression, "/deploymentManagers") == []
    sites = listed(simulated, V2 + "/oCloudSites")
    assert found(f"(eq,oCloudSiteId,{sites[0]['oCloudSiteId']})", "/oCloudSites") == [sites[0]]
    assert found(f"(cont,resourcePools,{pool})", "/oCloudSites") == [site for site in sites if pool in site["resourcePools"]]
    assert found("(eq,resourcePools,sim-pool-0001)", "/oCloudSites") == [site for site in sites if pool in site["resourcePools"]]
    assert found("(lt,coordinate/coordinates,0)", "/locations")


@pytest.mark.parametrize("query, name, reason", [
    ("filter=(eq,colour,red)", "filter", 'there is no attribute "colour"'),
    ("filter=(eq,name", "filter", "at its end"),
    ("filter=", "filter", "at its end"),
    ("filter=(like,name,x)", "filter", "at character 2"),
    ("filter=(eq,name/first,x)", "filter", 'there is no attribute "name/first"'),
    ("filter=(eq,name,a);(eq,name)", "filter", "at character 21"),
    ("filter=(eq,name," + "x" * 4096 + ")", "filter", "longer than 4096 bytes"),
    ("fields=colour", "fields", 'there is no attribute "colour"'),
    ("fields=(extensions)", "fields", "without parentheses"),
    ("exclude_fields=colour", "exclude_fields", 'there is no attribute "colour"'),
    ("limit=0", "limit", "from 1 to 1000"),
    ("limit=1001", "limit", "from 1 to 1000"),
    ("nextpage_opaque_marker=2", "nextpage_opaque_marker", "was not given out here"),
    ("nextpage_opaque_marker=AAAA", "nextpage_opaque_marker", "not given out for this query"),
])
def test_a_parameter_that_is_wrong_is_refused_and_named(simulated, query, name, reason):
    for kind in ("resourcePools", "oCloudSites"):
        answer = simulated.get(f"{V2}/{kind}?{query}")
        assert answer.status == 400, answer
        assert answer.headers["content-type"] == "application/problem+json"
        fault = answer.json["invalidParams"][0]
        assert fault["name"] == name and reason in fault["reason"], fault


def test_unknown_parameters_are_ignored(simulated):
    for path in ("", "/resourcePools", "/oCloudSites", "/resourcePools/sim-pool-0001", "/resourceTypes"):
        assert simulated.get(V2 + path + "?colour=red").json == simulated.get(V2 + path).json


def test_selectors(simulated):
    path = f"{V2}/resourcePools/sim-pool-0001/resources"
    whole = listed(simulated, path)
    simple = [name for name, value in whole[0].items() if isinstance(value, str)]

    def cut(resource, *names):
        return {name: value for name, value in resource.items() if name in simple or name in names}

    assert listed(simulated, path + "?all_fields") == whole
    assert listed(simulated, path + "?exclude_default") == [cut(resource) for resource in whole]
    assert listed(simulated, path + "?fields=elements,tags") == [cut(resource, "elements", "tags") for resource in whole]
    parts = listed(simulated, path + "?fields=extensions/cpu/cores,extensions/labels")
    assert parts == [{**cut(resource), "extensions": {"cpu": {"cores": resource["extensions"]["cpu"]["cores"]},
                                                      "labels": resource["extensions"]["labels"]}} for resource in whole]
    assert listed(simulated, path + "?exclude_fields=extensions,resourceId,description") == \
        [cut(resource, "elements", "tags", "groups") for resource in whole]
    one = f"{path}/{whole[0]['resourceId']}"
    assert simulated.get(one + "?fields=tags").json == cut(whole[0], "tags")
    assert simulated.get(one + "?fields=colour").status == 400
    assert simulated.get(one).headers["etag"] == simulated.get(one + "?fields=tags").headers["etag"]
    assert "extensions" not in simulated.get(V2 + "?exclude_default").json


@pytest.mark.parametrize("base", [V2, "/O2ims_infrastructureInventory/v2"])
def test_pages(simulated, base):
    path = base + "/resourcePools/sim-pool-0001/resources"
    whole = simulated.get(path)
    assert "link" not in whole.headers
    assert whole.headers["x-total-count"] == str(len(whole.json))
    query = "filter=(gte,extensions/cpu/cores,32)&exclude_fields=extensions"
    expected = listed(simulated, f"{path}?{query}")
    items, page = [], simulated.get(f"{path}?{query}&limit=7")
    while True:
        assert page.headers["x-total-count"] == str(len(expected))
        assert link(page, "first").startswith(path + "?filter=")
        items += page.json
        following = link(page, "next")
        if following is None:
            break
        assert len(page.json) == 7 and following.startswith(path + "?") and "limit=7" in following
        page = simulated.get(following)
        assert page.status == 200, page
    assert items == expected
    marker = link(simulated.get(f"{path}?limit=7"), "next")
    assert simulated.get(marker + "&filter=(eq,description,x)").status == 400
    sites = listed(simulated, base + "/oCloudSites")
    page = simulated.get(base + "/oCloudSites?limit=1")
    assert page.json == sites[:1] and page.headers["x-total-count"] == str(len(sites))
    assert simulated.get(link(page, "next")).json == sites[1:2]


def test_a_page_ends_at_its_bytes(tmp_path):
    with Gateway(tmp_path, config={"oran": {"page_bytes": 5000}}) as gateway:
        gateway.wait_ready()
        expected = [resource for pool in range(4)
                    for resource in listed(gateway, f"{V2}/resourcePools/sim-pool-{pool:04}/resources?fields=tags")]
        assert len(expected) == 40
        path = f"{V2}/resourcePools/sim-pool-0001/resources"
        page = gateway.get(path)
        assert page.headers["x-total-count"] == "10" and 1 < len(page.json) < 10 and len(page.body) <= 5000
        items = page.json
        while link(page, "next"):
            page = gateway.get(link(page, "next"))
            assert len(page.body) <= 5000
            items += page.json
        assert len(items) == 10 and len({item["resourceId"] for item in items}) == 10


@pytest.mark.parametrize("oran", [{"profile": "conformance"}, {"decimal_marker": "page"}])
def test_a_decimal_marker_is_a_page_where_the_profile_says_so(tmp_path, oran):
    adapters = [{"name": "sim", "type": "simulator", "config": {"generate": {"pools": 1, "resources": 70}}}]
    with Gateway(tmp_path, adapters=adapters, config={"oran": oran}) as gateway:
        gateway.wait_ready()
        path = f"{V1}/resourcePools/sim-pool-0000/resources"
        whole = listed(gateway, path)
        assert len(whole) == 70
        pages = [gateway.get(f"{path}?nextpage_opaque_marker={number}") for number in (1, 2, 3, 4)]
        assert [page.json for page in pages] == [whole[:30], whole[30:60], whole[60:], []]
        assert link(pages[0], "next").endswith("nextpage_opaque_marker=2") and link(pages[0], "prev") is None
        assert link(pages[2], "next") is None and link(pages[2], "prev").endswith("nextpage_opaque_marker=2")
        assert link(pages[1], "first").endswith("=1") and link(pages[1], "last").endswith("=3")
        assert gateway.get(f"{path}?nextpage_opaque_marker=0").status == 400


def test_a_profile_can_be_set_aside(tmp_path):
    with Gateway(tmp_path, config={"oran": {"profile": "conformance", "decimal_marker": "refused"}}) as gateway:
        gateway.wait_ready()
        assert gateway.get(V1 + "/resourcePools?nextpage_opaque_marker=1").status == 400


def test_spellings_and_slashes(simulated):
    standard = V2.replace("/o2ims-", "/O2ims_")
    expected = listed(simulated, V2 + "/resourcePools")
    for path in (standard + "/resourcePools", V2 + "/resourcePools/", "/" + V2 + "//resourcePools",
                 standard.replace("/v2", "//v2/") + "/resourcePools//"):
        assert listed(simulated, path) == expected
    assert simulated.get(standard + "/").json == simulated.get(V2).json
    assert simulated.get("/o2ims//v1/resources").status == 404  # of this family alone


def test_versions(simulated):
    root = f"http://127.0.0.1:{simulated.port}"
    both = simulated.get("/o2ims-infrastructureInventory/api_versions").json
    assert both == {"uriPrefix": root + "/o2ims-infrastructureInventory",
                    "apiVersions": [{"version": "1.0.0", "isDeprecated": False},
                                    {"version": "2.0.0", "isDeprecated": False}]}
    one = simulated.get("/O2ims_infrastructureInventory/v2/api_versions/").json
    assert one == {"uriPrefix": root + "/O2ims_infrastructureInventory/v2",
                   "apiVersions": [{"version": "2.0.0", "isDeprecated": False}]}
    for base, version in ((V1, "1.0.0"), (V2, "2.0.0")):
        for asked in ({}, {"Version": version}, {"Version": version + "-impl:example.com:smo:4"}):
            answer = simulated.get(base + "/resourcePools", **asked)
            assert answer.status == 200 and answer.headers["version"] == version
        refused = simulated.get(base + "/resourcePools", Version="3.0.0")
        assert refused.status == 406 and refused.headers["version"] == version
        assert refused.headers["content-type"] == "application/problem+json"
        assert simulated.get(base + "/resourcePools?fields=x").headers["version"] == version
    for path in ("/o2ims/v1/resourcePools", "/o2ims-infrastructureInventory/api_versions", "/o2ims-infrastructureInventory/v3"):
        assert "version" not in simulated.get(path).headers
    assert simulated.get(V2 + "/colours").headers["version"] == "2.0.0"


def test_methods_are_refused_before_parameters(simulated):
    for path in (V2, V2 + "/resourcePools", V1 + "/resourceTypes/absent", V2 + "/oCloudSites", V1 + "/api_versions",
                 V1 + "/alarmDictionaries", V2 + "/resourceTypes/absent/performanceDictionary"):
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
            answer = simulated.request(method, path + "?filter=(((", body="{")
            assert answer.status == 405, answer
            assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
            assert answer.headers["content-type"] == "application/problem+json"
    for path in ("/subscriptions", "/resources", "/colours"):
        assert simulated.get(V2 + path).status == 404
    for path in ("/oCloudSites", "/performanceDictionaries", "/resourceTypes/sim-type-00/performanceDictionary"):
        assert simulated.get(V1 + path).status == 404
    assert simulated.get("/o2ims-infrastructureInventory/v3/resourcePools").status == 404


def test_head_and_etags(simulated):
    for path in ("", "/resourcePools", "/resourcePools/sim-pool-0001", "/resourcePools/sim-pool-0001/resources",
                 "/oCloudSites", "/locations"):
        got = simulated.get(V2 + path)
        head = simulated.request("HEAD", V2 + path)
        assert head.status == 200 and head.body == b"" and head.headers["etag"] == got.headers["etag"]
        again = simulated.get(V2 + path, **{"If-None-Match": got.headers["etag"]})
        assert again.status == 304 and again.body == b""
    pool = V2 + "/resourcePools/sim-pool-0001"
    before = {path: simulated.get(path).headers["etag"] for path in (pool, V2 + "/resourcePools")}
    changed = simulated.request("PATCH", "/o2ims/v1/resourcePools/sim-pool-0001", {"description": "changed"})
    assert changed.status == 200
    for path, tag in before.items():
        answer = simulated.get(path, **{"If-None-Match": tag})
        assert answer.status == 200 and answer.headers["etag"] != tag
    assert simulated.get(pool).json["description"] == "changed"


def test_sites_and_locations_of_the_pools_themselves(simulated):
    pools = listed(simulated, V2 + "/resourcePools")
    sites = {site["oCloudSiteId"]: site for site in listed(simulated, V2 + "/oCloudSites")}
    locations = {location["globalLocationId"]: location for location in listed(simulated, V2 + "/locations")}
    assert set(locations) == {"zone-a", "zone-b", "zone-c"}
    for pool in pools:
        assert pool["resourcePoolId"] in sites[pool["oCloudSiteId"]]["resourcePools"]
    for identifier, site in sites.items():
        assert identifier in locations[site["globalLocationId"]]["oCloudSiteIds"] and site["resourcePools"]
    own = simulated.get("/o2ims/v1/resourcePools/sim-pool-0001").json
    latitude, longitude = own["globalLocationId"].removeprefix("geo:").split(",")
    assert locations[own["location"]]["coordinate"] == {"type": "Point",
                                                        "coordinates": [float(longitude), float(latitude)]}
    manager = listed(simulated, V2 + "/deploymentManagers")[0]
    assert manager["supportedLocations"] == ["zone-a", "zone-b", "zone-c"]
    assert manager["capabilities"] == {"simulated": True}


def test_sites_and_locations_of_the_configuration(tmp_path):
    o_cloud = {
        "locations": [
            {"global_location_id": "ottawa", "name": "Ottawa", "coordinate": [-75.7, 45.4, 70.5], "address": "Bay Street 200",
             "civic_address": {"1": "CA", "6": "Ottawa"}, "extensions": {"floor": 3}},
            {"global_location_id": "zone-b", "address": "somewhere"},
        ],
        "sites": [
            {"id": "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e", "global_location_id": "ottawa", "name": "First",
             "resource_pools": ["sim-pool-0000"]},
            {"id": "second", "global_location_id": "zone-b"},
            {"id": "empty", "global_location_id": "ottawa", "resource_pools": ["nowhere"]},
        ],
    }
    with Gateway(tmp_path, config={"o_cloud": o_cloud}) as gateway:
        gateway.wait_ready()
        pools = [pool["resourcePoolId"] for pool in listed(gateway, V2 + "/resourcePools")]
        sites = {site["name"]: site for site in listed(gateway, V2 + "/oCloudSites")}
        assert set(sites) == {"First", "second", "zone-a", "zone-c"}  # one without pools is none
        assert sites["First"]["oCloudSiteId"] == "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e"
        assert sites["First"]["resourcePools"] == [pools[0]]
        assert sites["second"]["resourcePools"] == [pools[1]] and is_uuid(sites["second"]["oCloudSiteId"])
        assert gateway.get(V2 + "/oCloudSites/second").json == sites["second"]
        assert gateway.get(V2 + "/resourcePools/sim-pool-0001").json["oCloudSiteId"] == sites["second"]["oCloudSiteId"]
        assert listed(gateway, V2 + "/resourcePools?filter=(eq,oCloudSiteId,second)")[0]["resourcePoolId"] == pools[1]
        ottawa = gateway.get(V2 + "/locations/ottawa").json
        assert ottawa == {
            "globalLocationId": "ottawa", "name": "Ottawa", "description": "",
            "oCloudSiteIds": [sites["First"]["oCloudSiteId"]],
            "coordinate": {"type": "Point", "coordinates": [-75.7, 45.4, 70.5]},
            "civicAddress": [{"caType": 1, "caValue": "CA"}, {"caType": 6, "caValue": "Ottawa"}],
            "address": "Bay Street 200", "extensions": {"floor": 3},
        }
        assert gateway.get(V2 + "/locations/zone-b").json["address"] == "somewhere"


def test_large_answers_leave_the_servers_threads(tmp_path):
    """Beyond query.scan_inline a list is written elsewhere; what it says is the same."""
    adapters = [{"name": "sim", "type": "simulator", "config": {"generate": {"pools": 1, "resources": 500}}}]
    with Gateway(tmp_path, adapters=adapters, config={"query": {"scan_inline": 100}}) as gateway:
        gateway.wait_ready()
        path = f"{V2}/resourcePools/sim-pool-0000/resources"
        assert len(listed(gateway, path)) == 500
        assert 0 < len(listed(gateway, path + "?filter=(gte,extensions/cpu/cores,64)")) < 500


def test_sites_and_locations_of_an_adapter(tmp_path):
    """A simulator's topology has them in their O-RAN shape; they are kept in the log like all that is observed."""
    site, other = "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e", "site-2"
    location = {"globalLocationId": "ottawa", "name": "Ottawa", "description": "The first", "oCloudSiteIds": [site],
                "coordinate": {"type": "Point", "coordinates": [-75.7, 45.4]},
                "civicAddress": [{"caType": 1, "caValue": "CA"}], "extensions": {"floor": 3}}
    pool = {"name": "Pool", "resourcePoolId": "a"}
    topology = {
        "resourcePools": [pool, {**pool, "resourcePoolId": "b", "location": "paris"}, {**pool, "resourcePoolId": "c"}],
        "oCloudSites": [{"oCloudSiteId": site, "globalLocationId": "ottawa", "name": "First", "resourcePools": ["a"]},
                        {"oCloudSiteId": other, "globalLocationId": "paris", "name": "Second"}],
        "locations": [location],
    }
    adapters = [{"name": "sim", "type": "simulator", "config": {"topology": topology}}]
    with Gateway(tmp_path, adapters=adapters) as gateway:
        gateway.wait_ready()
        pools = {pool: gateway.get(f"{V2}/resourcePools/{pool}").json for pool in "abc"}
        sites = {one["name"]: one for one in listed(gateway, V2 + "/oCloudSites")}
        assert set(sites) == {"First", "Second", "ocloud-1"}
        assert sites["First"] == {"oCloudSiteId": site, "globalLocationId": "ottawa", "name": "First", "description": "",
                                  "resourcePools": [pools["a"]["resourcePoolId"]], "extensions": {}}
        assert pools["b"]["oCloudSiteId"] == sites["Second"]["oCloudSiteId"] and is_uuid(pools["b"]["oCloudSiteId"])
        assert gateway.get(f"{V2}/oCloudSites/{other}").json == sites["Second"]
        assert gateway.get(V2 + "/locations/ottawa").json == location
        assert gateway.get(V2 + "/locations/paris").json["address"] == "paris"
        before = {path: gateway.get(V2 + path).body for path in ("/oCloudSites", "/locations", "/resourcePools")}
    with Gateway(tmp_path, adapters=adapters) as gateway:
        gateway.wait_ready()
        assert {path: gateway.get(V2 + path).body for path in before} == before
    adapters[0]["config"]["topology"]["oCloudSites"].pop()
    with Gateway(tmp_path, adapters=adapters) as gateway:
        gateway.wait_ready()
        wait_until(lambda: {one["name"] for one in listed(gateway, V2 + "/oCloudSites")} == {"First", "paris", "ocloud-1"},
                   "the site is gone")

"""The dictionaries of the standard's inventory: which alarms resources of a type can raise, what can be measured."""

import copy
import uuid

import pytest

from gateway import Gateway, wait_until
from test_oran_inventory import V1, V2, is_uuid, link, listed

ALARM = {"alarmDefinitionId": "0b5c7f1e-43a4-4d3a-9d0e-2f3b6c1d7a10", "alarmName": "Disk full", "alarmLastChange": "1.1",
         "alarmChangeType": "MODIFIED", "alarmDescription": "A file system is full", "proposedRepairActions": "Make room",
         "clearingType": "AUTOMATIC", "managementInterfaceId": ["O2IMS"], "pkNotificationField": ["alarmDefinitionId"],
         "alarmAdditionalFields": {"severity": {"at": 90}}}
ALARMS = {"alarmDictionaryId": "alarms", "alarmDictionaryVersion": "1.2", "alarmDictionarySchemaVersion": "0.1",
          "entityType": "server", "vendor": "Acme", "managementInterfaceId": ["O2IMS"],
          "pkNotificationField": ["alarmDefinitionId"], "alarmDefinition": [ALARM],
          "probableCauses": [{"probableCauseCode": "STORAGE_FULL", "probableCauseDescription": "No room", "standardReference": {
              "standardDefinitionOrganization": "ITU-T", "standardSpecification": "X.733", "versionOrRelease": "1992"}}]}
LEAST = {"alarmDictionaryId": "1e9f8d6c-0000-4000-8000-000000000001", "entityType": "switch", "alarmDefinition": [
    {"alarmDefinitionId": "0b5c7f1e-43a4-4d3a-9d0e-2f3b6c1d7a11", "alarmName": "Port down", "alarmChangeType": "added",
     "clearingType": "manual"}]}
MEASUREMENTS = {"performanceDictionaryId": "measurements", "performanceDictionaryVersion": "3",
                "performanceDictionarySchemaVersion": "0.1", "vendorSoftwareProduct": "Node exporter",
                "supportedInterfaces": "O2IMS", "supportedMeasurements": [
                    {"performanceMeasurementDefinitionId": "0b5c7f1e-43a4-4d3a-9d0e-2f3b6c1d7a12",
                     "performanceMeasurementId": "VCpuUsageMean", "standardReference": "ETSI GS NFV-IFA 027", "extensions": {},
                     "measurementDefinition": {"unit": "percent"}}]}


def named(name, **extensions):
    return {"resourceTypeId": name, "name": name, "extensions": extensions}


TOPOLOGY = {
    "resourceTypes": [named("server", alarmDictionaryId="alarms", performanceDictionaryId="measurements"),
                      named("switch", alarmDictionaryId=LEAST["alarmDictionaryId"]),
                      named("lost", alarmDictionaryId="absent", performanceDictionaryId="absent"), named("plain")],
    "alarmDictionaries": [ALARMS, LEAST],
    "performanceDictionaries": [MEASUREMENTS],
}


def adapters(topology):
    return [{"name": "sim", "type": "simulator", "config": {"topology": topology}}]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("dictionaries"), adapters=adapters(TOPOLOGY)) as gateway:
        gateway.wait_ready()
        yield gateway


@pytest.mark.parametrize("base", [V1, V2])
def test_alarms_are_shown_as_they_were_told(told, base):
    by_type = {one["entityType"]: one for one in listed(told, base + "/alarmDictionaries")}
    assert set(by_type) == {"server", "switch"}
    shown = by_type["server"]
    assert is_uuid(shown["alarmDictionaryId"])
    assert shown == {**ALARMS, "alarmDictionaryId": shown["alarmDictionaryId"]}
    assert by_type["switch"] == {
        "alarmDictionaryId": by_type["switch"]["alarmDictionaryId"], "alarmDictionaryVersion": "",
        "alarmDictionarySchemaVersion": "", "entityType": "switch", "vendor": "", "managementInterfaceId": ["O2IMS"],
        "pkNotificationField": ["alarmDefinitionId"], "probableCauses": [], "alarmDefinition": [
            {**LEAST["alarmDefinition"][0], "alarmChangeType": "ADDED", "clearingType": "MANUAL", "alarmLastChange": "",
             "alarmDescription": "", "proposedRepairActions": "", "managementInterfaceId": [], "pkNotificationField": [],
             "alarmAdditionalFields": {}}]}
    for id in (shown["alarmDictionaryId"], shown["alarmDictionaryId"].upper(), "alarms"):
        assert told.get(f"{base}/alarmDictionaries/{id}").json == shown
    assert told.get(f"{base}/alarmDictionaries/{LEAST['alarmDictionaryId']}").json == by_type["switch"]
    type_id = told.get(base + "/resourceTypes/server").json["resourceTypeId"]
    for id in ("server", type_id):
        assert told.get(f"{base}/resourceTypes/{id}/alarmDictionary").json == shown
    for path in (f"/alarmDictionaries/{uuid.uuid4()}", "/alarmDictionaries/absent", "/resourceTypes/absent/alarmDictionary",
                 "/resourceTypes/lost/alarmDictionary", "/resourceTypes/plain/alarmDictionary"):
        assert told.get(base + path).status == 404


def test_measurements_are_v2s(told):
    shown, = listed(told, V2 + "/performanceDictionaries")
    assert is_uuid(shown["performanceDictionaryId"])
    assert shown == {**MEASUREMENTS, "performanceDictionaryId": shown["performanceDictionaryId"]}
    for path in (f"/performanceDictionaries/{shown['performanceDictionaryId']}", "/performanceDictionaries/measurements",
                 "/resourceTypes/server/performanceDictionary"):
        assert told.get(V2 + path).json == shown
        assert told.get(V1 + path).status == 404
    for path in ("/performanceDictionaries/absent", "/resourceTypes/switch/performanceDictionary",
                 "/resourceTypes/lost/performanceDictionary"):
        assert told.get(V2 + path).status == 404


def test_types_name_their_dictionaries(told):
    alarms = {one["entityType"]: one for one in listed(told, V1 + "/alarmDictionaries")}
    first = {one["name"]: one for one in listed(told, V1 + "/resourceTypes")}
    second = {one["name"]: one for one in listed(told, V2 + "/resourceTypes")}
    for name in ("server", "switch"):
        assert first[name]["alarmDictionary"] == alarms[name]
        assert first[name]["alarmDictionaryId"] == second[name]["alarmDictionaryId"] == alarms[name]["alarmDictionaryId"]
    for name in ("lost", "plain"):
        assert first[name]["alarmDictionary"] is None and first[name]["alarmDictionaryId"] is None
        assert second[name]["alarmDictionaryId"] is None and second[name]["performanceDictionaryId"] is None
    assert all("alarmDictionary" not in one for one in second.values())
    assert all("performanceDictionaryId" not in one for one in first.values())
    measured = told.get(V2 + "/performanceDictionaries/measurements").json["performanceDictionaryId"]
    assert second["server"]["performanceDictionaryId"] == measured and second["switch"]["performanceDictionaryId"] is None
    assert told.get(V1 + "/resourceTypes/server").json == first["server"]


def test_filters_reach_into_them(told):
    def types(expression, base=V1):
        return {one["name"] for one in listed(told, f"{base}/resourceTypes?filter={expression}")}

    def dictionaries(expression, kind="/alarmDictionaries"):
        return [one.get("entityType", one.get("vendorSoftwareProduct")) for one in listed(told, f"{V2}{kind}?filter={expression}")]

    assert types("(eq,alarmDictionary/alarmDefinition/alarmName,'Disk%20full')") == {"server"}
    assert types("(neq,alarmDictionary/alarmDefinition/alarmName,'Disk%20full')") == {"switch", "lost", "plain"}
    assert types("(eq,alarmDictionary/vendor,Acme)") == {"server"}
    assert types("(in,alarmDictionary/alarmDictionaryId,alarms,nothing)") == {"server"}
    assert types("(gte,alarmDictionary/alarmDefinition/alarmAdditionalFields/severity/at,90)") == {"server"}
    identifier = told.get(V2 + "/alarmDictionaries/alarms").json["alarmDictionaryId"]
    for base in (V1, V2):
        assert types(f"(eq,alarmDictionaryId,{identifier})", base) == types("(eq,alarmDictionaryId,alarms)", base) == {"server"}
        assert types("(neq,alarmDictionaryId,alarms)", base) == {"switch", "lost", "plain"}
    assert types("(eq,performanceDictionaryId,measurements)", V2) == {"server"}
    assert dictionaries("(eq,alarmDefinition/clearingType,MANUAL)") == ["switch"]
    assert dictionaries("(eq,probableCauses/standardReference/standardSpecification,X.733)") == ["server"]
    assert dictionaries(f"(eq,alarmDictionaryId,{identifier})") == dictionaries("(eq,alarmDictionaryId,alarms)") == ["server"]
    assert dictionaries("(cont,supportedMeasurements/performanceMeasurementId,VCpu)", "/performanceDictionaries") == ["Node exporter"]
    for path in ("/alarmDictionaries?filter=(eq,colour,x)", "/alarmDictionaries?filter=(eq,vendor/x,y)",
                 "/resourceTypes?filter=(eq,alarmDictionary,x"):
        assert told.get(V1 + path).status == 400


def test_selectors_and_pages(told):
    whole = told.get(V1 + "/resourceTypes/server").json
    part = told.get(V1 + "/resourceTypes/server?fields=alarmDictionary/alarmDefinition/alarmName").json
    assert part["alarmDictionary"] == {"alarmDefinition": [{"alarmName": "Disk full"}]} and "extensions" not in part
    assert "alarmDictionary" not in told.get(V1 + "/resourceTypes/server?exclude_default").json
    assert part["alarmDictionaryId"] == whole["alarmDictionaryId"]
    cut = told.get(V2 + "/alarmDictionaries/alarms?exclude_fields=alarmDefinition/alarmDescription,vendor").json
    assert "alarmDescription" not in cut["alarmDefinition"][0] and cut["vendor"] == "Acme"  # which may not lack
    for path in ("/alarmDictionaries", "/performanceDictionaries"):
        all_of_them = listed(told, V2 + path)
        page = told.get(V2 + path + "?limit=1")
        assert page.json == all_of_them[:1] and page.headers["x-total-count"] == str(len(all_of_them))
        following = link(page, "next")
        assert (told.get(following).json if following else []) == all_of_them[1:]
        assert told.get(V2 + path + "?limit=0").status == told.get(V2 + path + "?fields=colour").status == 400


def test_head_versions_and_etags(told):
    for path in ("/alarmDictionaries", "/alarmDictionaries/alarms", "/resourceTypes/server/alarmDictionary",
                 "/performanceDictionaries", "/performanceDictionaries/measurements", "/resourceTypes/server"):
        got = told.get(V2 + path)
        head = told.request("HEAD", V2 + path)
        assert head.status == 200 and head.body == b"" and head.headers["etag"] == got.headers["etag"]
        assert told.get(V2 + path, **{"If-None-Match": got.headers["etag"]}).status == 304
        assert got.headers["version"] == "2.0.0" and told.get(V2 + path, Version="1.0.0").status == 406
        refused = told.request("DELETE", V2 + path)
        assert refused.status == 405 and refused.headers["allow"] == "GET, HEAD, OPTIONS"


def tags(gateway):
    return {path: gateway.get(path).headers["etag"] for path in (
        V1 + "/resourceTypes", V1 + "/resourceTypes/server", V2 + "/resourceTypes/server", V1 + "/alarmDictionaries/alarms")}


def test_they_are_kept_change_and_go(tmp_path):
    """A type's tags tell of the dictionary that it shows: it changes, goes and comes while the type stays as it is."""
    paths = (V1 + "/resourceTypes", V2 + "/resourceTypes", V2 + "/alarmDictionaries", V2 + "/performanceDictionaries")
    with Gateway(tmp_path, adapters=adapters(TOPOLOGY)) as gateway:
        gateway.wait_ready()
        before = {path: gateway.get(path).body for path in paths}
        first = tags(gateway)
    changed = copy.deepcopy(TOPOLOGY)
    changed["alarmDictionaries"][0]["alarmDefinition"][0]["alarmName"] = "Disk nearly full"
    with Gateway(tmp_path, adapters=adapters(TOPOLOGY)) as gateway:
        gateway.wait_ready()
        assert {path: gateway.get(path).body for path in paths} == before and tags(gateway) == first
    with Gateway(tmp_path, adapters=adapters(changed)) as gateway:
        gateway.wait_ready()
        wait_until(lambda: "nearly" in gateway.get(V1 + "/resourceTypes/server").body.decode(), "the alarm has its new name")
        second = tags(gateway)
        assert all(second[path] != first[path] for path in first)
        assert gateway.get(V2 + "/performanceDictionaries").body == before[V2 + "/performanceDictionaries"]
    changed["alarmDictionaries"].pop(0)
    with Gateway(tmp_path, adapters=adapters(changed)) as gateway:
        gateway.wait_ready()
        wait_until(lambda: gateway.get(V2 + "/alarmDictionaries/alarms").status == 404, "the dictionary is gone")
        server = gateway.get(V1 + "/resourceTypes/server")
        assert server.json["alarmDictionary"] is None and server.json["alarmDictionaryId"] is None
        assert server.json["extensions"]["alarmDictionaryId"] == "alarms"
        assert server.headers["etag"] not in (first[V1 + "/resourceTypes/server"], second[V1 + "/resourceTypes/server"])
        assert gateway.get(V1 + "/resourceTypes/server/alarmDictionary").status == 404

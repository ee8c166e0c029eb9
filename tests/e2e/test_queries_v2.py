"""Lists of O2-IMS v2 and v3 over real sockets: operators, several sort keys, explain, limits of scans."""

import threading
from urllib.parse import quote

import pytest
from gateway import Gateway
from test_inventory_v1 import problem

V2 = "/o2ims/v2"


def ids(gateway, *conditions, version="v2"):
    """The ids of all pages."""
    query = "&".join(quote(name, safe='') + "=" + quote(value, safe='') for name, value in conditions)
    found, cursor = [], ""
    while True:
        page = gateway.get(f"/o2ims/{version}/resources?limit=100&{query}{cursor}")
        assert page.status == 200, page
        found += [r["resourceId"] for r in page.json["items"]]
        if "nextCursor" not in page.json:
            assert page.json["total"] == len(found)
            return found
        cursor = "&cursor=" + page.json["nextCursor"]


def test_operators(simulated):
    everything = simulated.all("resources")

    def where(test):
        return [r["resourceId"] for r in everything if test(r["extensions"])]

    assert ids(simulated, ("extensions.cpu.cores[gte]", "32")) == where(lambda e: e["cpu"]["cores"] >= 32)
    assert ids(simulated, ("extensions.cpu.cores[gt]", "16"), ("extensions.cpu.cores[lt]", "64")) == where(
        lambda e: 16 < e["cpu"]["cores"] < 64)
    assert ids(simulated, ("extensions.labels.zone[in]", "zone-a,zone-b")) == where(
        lambda e: e["labels"]["zone"] in ("zone-a", "zone-b"))
    assert ids(simulated, ("extensions.labels.zone[nin]", "zone-a"), ("extensions.labels.zone[nin]", "zone-b")) == where(
        lambda e: e["labels"]["zone"] not in ("zone-a", "zone-b"))
    assert ids(simulated, ('extensions.labels["zone"][eq]', "zone-a")) == where(lambda e: e["labels"]["zone"] == "zone-a")
    assert ids(simulated, ("extensions.cpu.model[regex]", "^[AI]")) == where(lambda e: e["cpu"]["model"][0] in "AI")
    assert ids(simulated, ("extensions.cpu.model[contains]", "Xeon")) == where(lambda e: "Xeon" in e["cpu"]["model"])
    assert ids(simulated, ("extensions.no.such[ne]", "x")) == where(lambda e: True)
    assert ids(simulated, ("extensions.no.such[eq]", "x")) == []
    assert ids(simulated, ("createdAt[gt]", "2020-01-01T01:00:00+01:00")) == where(lambda e: True)
    assert ids(simulated, ("createdAt[lt]", "2020-01-01T01:00:00+01:00")) == []


def test_v1_knows_no_operators(simulated):
    answer = problem(simulated.get("/o2ims/v1/resources?name%5Beq%5D=x&sort=name&explain=true"), 400, "BadRequest")
    assert {p["name"] for p in answer["invalidParams"]} == {"name[eq]", "sort", "explain"}


def test_several_sort_keys_and_fields(simulated):
    page = simulated.get(f"{V2}/resources?limit=1000&sort=-extensions.cpu.cores,extensions.labels.rack"
                         "&fields=extensions.cpu.cores,extensions.labels.rack").json["items"]
    keys = [(-r["extensions"]["cpu"]["cores"], r["extensions"]["labels"]["rack"], r["resourceId"]) for r in page]
    assert keys == sorted(keys) and len(keys) == 250
    assert set(page[0]) == {"resourceId", "extensions"}


@pytest.mark.parametrize("query, name", [
    ("colour%5Beq%5D=x", "colour[eq]"), ("resourceId%5Bis%5D=x", "resourceId[is]"), ("resourceId%5B%5D=x", "resourceId[]"),
    ("extensions.a%5Bregex%5D=%28", "extensions.a[regex]"), ("%5Beq%5D=x", "[eq]"), ("colour=x", "colour"),
    ("sort=-", "sort"), ("sort=resourceId&sortBy=resourceId", "sort"), ("explain=maybe", "explain"),
    ("extensions..a%5Beq%5D=x", "extensions..a[eq]"), ("tenantId%5Beq%5D=default", "tenantId[eq]"),
    ("extensions.a%5Beq%5D=" + "x" * 4096, "extensions.a[eq]"), ("limit=1&limit=2", "limit"),
])
def test_wrong_expressions_are_named(simulated, query, name):
    answer = problem(simulated.get(f"{V2}/resources?{query}"), 400, "BadRequest")
    assert [p["name"] for p in answer["invalidParams"]] == [name]


def test_a_number_is_asked_of_a_numeric_field(simulated):
    answer = problem(simulated.get(f"{V2}/deploymentManagers?capacity.totalCpu%5Bgte%5D=many"), 400, "BadRequest")
    assert answer["invalidParams"][0]["name"] == "capacity.totalCpu[gte]"
    assert simulated.get(f"{V2}/deploymentManagers?capacity.totalCpu%5Bgte%5D=1").status == 200


def test_explain_says_how_a_list_was_found(simulated):
    indexed = simulated.get(f"{V2}/resources?labels=zone:zone-a&explain=true").json
    assert indexed["explain"]["way"] == "index" and indexed["explain"]["scanned"] == 0
    assert indexed["explain"]["index"] == "extensions.labels.zone" and indexed["explain"]["matched"] == indexed["total"]
    scanned = simulated.get(f"{V2}/resources?extensions.cpu.cores%5Bgte%5D=32&explain=true").json
    assert scanned["explain"]["way"] == "table" and scanned["explain"]["scanned"] == 250
    assert scanned["explain"]["durationMs"] >= 0
    assert "explain" not in simulated.get(f"{V2}/resources?explain=false").json


def test_v3_shows_whose_an_object_is(simulated):
    one = simulated.get("/o2ims/v3/resources/sim-res-0000001")
    assert one.headers["x-api-version"] == "v3" and one.json["tenantId"] == "default"
    page = simulated.get("/o2ims/v3/resources?limit=3").json["items"]
    assert [r["tenantId"] for r in page] == ["default"] * 3
    assert len(ids(simulated, ("tenantId[eq]", "default"), version="v3")) == 250
    assert ids(simulated, ("tenantId[eq]", "other"), version="v3") == []
    picked = simulated.get("/o2ims/v3/resources/sim-res-0000001?fields=tenantId").json
    assert picked == {"resourceId": "sim-res-0000001", "tenantId": "default"}
    assert "tenantId" not in simulated.get("/o2ims/v2/resources/sim-res-0000001").json
    assert "tenantId" not in simulated.get("/o2ims/v3/resourceTypes").json["items"][0]
    made = simulated.post("/o2ims/v3/resourcePools", {"name": "mine"})
    assert made.status == 201 and made.json["tenantId"] == "default"


def test_scans_leave_the_server_s_thread_and_end_in_time(tmp_path):
    """One scan at a time may take a millisecond: of many at once some are refused, and none is answered wrongly."""
    generate = {"pools": 3, "resources": 20000, "resource_types": 2, "seed": 7}
    adapters = [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]
    config = {"query": {"scan_inline": 100, "scan_workers": 1, "scan_timeout": "1ms"}, "store": {"backend": "memory"},
              "observability": {"logging": {"level": "info"}}}
    with Gateway(tmp_path, adapters=adapters, config=config) as gateway:
        gateway.wait_ready()
        answers = []

        def ask(number):
            for i in range(5):
                answers.append(gateway.get(f"{V2}/resources?extensions.a{number}.b{i}%5Bne%5D=x&sort=description"))

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = [a for a in answers if a.status == 503]
        assert refused and all(a.status in (200, 503) for a in answers)
        for answer in refused:
            assert problem(answer, 503, "BackendUnavailable")
        for answer in answers:
            assert answer.status == 503 or answer.json["total"] == 20000
        assert gateway.get(f"{V2}/resources?limit=1").status == 200


def test_as_many_scans_wait_as_query_scan_waiting_allows(tmp_path):
    generate = {"pools": 3, "resources": 20000, "resource_types": 2, "seed": 7}
    adapters = [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]
    for waiting, refused in ((7, 0), (0, 1)):
        config = {"query": {"scan_inline": 100, "scan_workers": 1, "scan_waiting": waiting}, "store": {"backend": "memory"}}
        with Gateway(tmp_path, adapters=adapters, config=config) as gateway:
            gateway.wait_ready()
            answers = []

            def ask(number):
                answers.append(gateway.get(f"{V2}/resources?extensions.a{number}%5Bne%5D=x&sort=description"))

            threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            busy = [a for a in answers if a.status == 503]
            assert len(busy) >= refused and len(answers) - len(busy) >= 1 and (refused or not busy), answers
            for answer in busy:
                assert "query.scan_waiting" in problem(answer, 503, "BackendUnavailable")["detail"]
                assert answer.headers["retry-after"]

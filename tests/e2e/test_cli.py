"""netweave, the command line client, against a real gateway over the simulator: what each command prints and how it
ends. Connections, contexts and completion are in test_cli_connection.py and test_cli_completion.py."""

import json
import re
import socket
import subprocess
import time

import pytest

from client import CLIENT, Client
from conftest import subscribe
from gateway import Gateway, wait_until
from stub import Stub

POOLS, RESOURCES = 3, 250


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A gateway that tests only read, so that one is enough."""
    folder = tmp_path_factory.mktemp("shared")
    generate = {"pools": POOLS, "resources": RESOURCES, "resource_types": 2, "seed": 7}
    with Gateway(folder, adapters=[{"name": "sim", "type": "simulator", "config": {"generate": generate}}]) as gateway:
        yield gateway.wait_ready()


@pytest.fixture
def own(tmp_path):
    """A gateway that a test may change."""
    generate = {"pools": 2, "resources": 4, "resource_types": 1, "seed": 7}
    with Gateway(tmp_path, adapters=[{"name": "sim", "type": "simulator", "config": {"generate": generate}}]) as gateway:
        yield gateway.wait_ready()


def client_of(gateway, folder):
    return Client(folder, f"http://127.0.0.1:{gateway.port}")


@pytest.fixture
def read(shared, tmp_path):
    return client_of(shared, tmp_path)


@pytest.fixture
def write(own, tmp_path):
    return client_of(own, tmp_path)


def columns(line):
    return re.split(r" {3,}", line)


# get

def test_a_table_is_aligned_and_has_an_age(read):
    lines = read("get", "resourcePools").lines
    assert columns(lines[0]) == ["ID", "NAME", "LOCATION", "AGE"]
    assert len(lines) == 1 + POOLS
    for line in lines[1:]:
        assert line.index(columns(line)[2]) == lines[0].index("LOCATION")
        assert re.fullmatch(r"\d+[smh](\d+[sm])?", columns(line)[3])


@pytest.mark.parametrize("word", ["resourcePools", "resourcePool", "resource-pools", "resource_pool", "RESOURCEPOOLS",
                                  "pool", "pools", "rp"])
def test_a_kind_has_many_names(read, word):
    assert read("get", word, "-o", "name").lines[0].startswith("resourcepool/")


@pytest.mark.parametrize("word, name", [("dm", "deploymentmanager/"), ("res", "resource/"), ("rt", "resourcetype/"),
                                        ("deployment-managers", "deploymentmanager/"), ("ocloud", "ocloudinfrastructure"),
                                        ("features", "features"), ("oCloudInfrastructure", "ocloudinfrastructure")])
def test_every_kind_is_listed(read, word, name):
    assert read("get", word, "-o", "name").lines[0].startswith(name)


def test_wide_has_more_columns_and_no_headers_has_none(read):
    narrow, wide = (columns(read("get", "res", "--limit", 1, "-o", form).lines[0]) for form in ("table", "wide"))
    assert wide[:len(narrow)] == narrow and "LABELS" in wide
    assert read("get", "res", "--limit", 1, "--no-headers").lines[0].startswith("sim-res-0000000")


def test_json_and_yaml_are_what_the_gateway_says_with_its_kind(read, shared):
    stored = shared.get("/o2ims/v1/resourcePools/sim-pool-0000").json
    assert read("get", "pool", "sim-pool-0000", "-o", "json").json == {"kind": "ResourcePool", **stored}
    listed = read("get", "pool", "-o", "json").json
    assert listed["kind"] == "List" and len(listed["items"]) == POOLS
    text = read("get", "pool/sim-pool-0000", "-o", "yaml").out
    assert text.startswith("kind: ResourcePool\nresourcePoolId: sim-pool-0000\n")
    assert read("get", "pools", "-o", "yaml").out.startswith("kind: List\nitems:\n- kind: ResourcePool\n")


def test_all_pages_are_read_whatever_their_size(read, shared):
    ids = {"resource/" + item["resourceId"] for item in shared.all("resources")}
    for size in ([], ["--chunk-size", 7], ["--chunk-size", 1000]):
        lines = read("get", "res", "-o", "name", *size).lines
        assert len(lines) == RESOURCES and set(lines) == ids


def test_limit_ends_the_list_within_a_page_and_beyond(read):
    for limit in (1, 7, 100, 120):
        assert len(read("get", "res", "-o", "name", "--limit", limit, "--chunk-size", 50).lines) == limit
    assert len(read("get", "res", "-o", "name", "--limit", 100000).lines) == RESOURCES


def test_a_gateway_that_allows_less_than_the_usual_page_is_read_all_the_same(tmp_path):
    generate = {"pools": 1, "resources": 30, "resource_types": 1}
    with Gateway(tmp_path, adapters=[{"name": "sim", "type": "simulator", "config": {"generate": generate}}],
                 config={"query": {"max_limit": 10, "default_limit": 10}}) as gateway:
        gateway.wait_ready()
        netweave = client_of(gateway, tmp_path)
        assert len(netweave("get", "res", "-o", "name").lines) == 30
        refused = netweave("get", "res", "--chunk-size", 11, code=1)
        assert "limit: must be a whole number from 1 to 10" in refused.err


def test_labels_filters_and_field_selectors_choose(read, shared):
    chosen = {"resource/" + item["resourceId"] for item in shared.all("resources", "&labels=role:du")}
    assert 0 < len(chosen) < RESOURCES
    for arguments in (["-l", "role=du"], ["-l", "role==du"]):
        assert set(read("get", "res", "-o", "name", *arguments).lines) == chosen
    of_pool = {"resource/" + item["resourceId"] for item in shared.all("resources", "&resourcePoolId=sim-pool-0001")}
    for arguments in (["--filter", "resourcePoolId[eq]=sim-pool-0001"], ["--filter", "resourcePoolId=sim-pool-0001"],
                      ["--field-selector", "resourcePoolId=sim-pool-0001"]):
        assert set(read("get", "res", "-o", "name", *arguments).lines) == of_pool
    two = read("get", "res", "-o", "name", "--filter", "resourceId[in]=sim-res-0000001,sim-res-0000002").lines
    assert two == ["resource/sim-res-0000001", "resource/sim-res-0000002"]
    assert len(read("get", "pool", "-o", "name", "--filter", "location=zone-").lines) == POOLS


def test_v1_can_be_asked_for(read, shared):
    for arguments, query in ((["-l", "role=du"], "&labels=role:du"), (["--filter", "vendor=nobody"], "&vendor=nobody"),
                             (["--field-selector", "resourcePoolId=sim-pool-0001"], "&resourcePoolId=sim-pool-0001")):
        wanted = {"resource/" + item["resourceId"] for item in shared.all("resources", query)}
        assert set(read("get", "res", "-o", "name", "--api-version", "v1", *arguments).lines) == wanted
    assert read("get", "pool", "-o", "name", "--sort-by=-name", "--api-version", "v1").lines == \
        read("get", "pool", "-o", "name", "--sort-by=-name").lines


def test_operators_choose_as_they_say(read, shared):
    everything = shared.all("resources")

    def chosen(*arguments):
        return {line.split("/")[1] for line in read("get", "res", "-o", "name", *arguments).lines}

    def wanted(condition):
        found = {item["resourceId"] for item in everything if condition(item, item["extensions"]["labels"])}
        assert 0 < len(found) < RESOURCES  # else it would show nothing
        return found
    assert chosen("--filter", "extensions.cpu.cores[gte]=32") == wanted(lambda i, _: i["extensions"]["cpu"]["cores"] >= 32)
    assert chosen("--filter", "extensions.cpu.model[regex]=^Intel.*0") == \
        wanted(lambda i, _: re.search("^Intel.*0", i["extensions"]["cpu"]["model"]))
    assert chosen("--field-selector", "resourcePoolId!=sim-pool-0001") == \
        wanted(lambda i, _: i["resourcePoolId"] != "sim-pool-0001")
    assert chosen("-l", "role!=du") == wanted(lambda _, labels: labels["role"] != "du")
    assert chosen("-l", "role in (du, nobody)") == wanted(lambda _, labels: labels["role"] == "du")
    assert chosen("-l", "role notin (du)") == wanted(lambda _, labels: labels["role"] != "du")
    assert len(chosen("-l", "role")) == RESOURCES


def test_several_sort_keys(read, shared):
    wanted = sorted(shared.all("resources"), key=lambda item: (-item["extensions"]["cpu"]["cores"], item["resourceId"]))
    lines = read("get", "res", "-o", "name", "--sort-by=-extensions.cpu.cores,resourceId", "--chunk-size", 100).lines
    assert lines == ["resource/" + item["resourceId"] for item in wanted]


def test_sort_by_a_field_in_both_directions_as_kubectl_writes_it(read):
    up = read("get", "pool", "-o", "name", "--sort-by", "name").lines
    for key in (".name", "{.name}"):
        assert read("get", "pool", "-o", "name", "--sort-by", key).lines == up
    assert read("get", "pool", "-o", "name", "--sort-by", "-name").lines == up[::-1]


def test_label_columns(read):
    lines = read("get", "res", "-L", "role", "-L", "rack", "--show-labels", "--limit", 1).lines
    assert columns(lines[0])[-3:] == ["ROLE", "RACK", "LABELS"]
    role, rack, labels = columns(lines[1])[-3:]
    assert f"role={role}" in labels and f"rack={rack}" in labels


def test_nothing_found_is_said_on_stderr_and_is_no_failure(read):
    done = read("get", "subscriptions")
    assert (done.out, done.err) == ("", "No resources found.\n")
    assert read("get", "subs", "-o", "json").json == {"kind": "List", "items": []}
    assert read("get", "subs", "-o", "yaml").out == "kind: List\nitems: []\n"


def test_several_kinds_stand_below_each_other_with_their_kind(read):
    text = read("get", "pools,dm").out
    first, second = text.split("\n\n")
    assert first.splitlines()[1].startswith("resourcepool/sim-pool-0000")
    assert second.splitlines()[1].startswith("deploymentmanager/")
    assert [item["kind"] for item in read("get", "pools,dm", "-o", "json").json["items"]] == \
        ["ResourcePool"] * POOLS + ["DeploymentManager"]


def test_what_is_not_there_is_3_and_the_rest_is_shown(read):
    done = read("get", "pool", "sim-pool-0000", "nope", "sim-pool-0001", code=3)
    assert [columns(line)[0] for line in done.lines] == ["ID", "sim-pool-0000", "sim-pool-0001"]
    assert done.err == "Error from server (NotFound): there is no resourcePool nope\n"
    assert read("get", "pool/nope", "--ignore-not-found").out == ""


def test_what_the_server_refuses_is_1_with_each_fault(read):
    done = read("get", "pool", "--filter", "colour=red", "--filter", "taste=sour", code=1)
    assert done.out == ""
    assert done.err.splitlines() == ["Error from server (BadRequest): the request is wrong in 2 places",
                                     "  colour: no such parameter of this path",
                                     "  taste: no such parameter of this path"]


@pytest.mark.parametrize("arguments, says", [
    (["get"], "KIND is required"),
    (["get", "poool"], 'there is no kind "poool"; did you mean "pool"?'),
    (["get", "xyzzy"], "there are deploymentManagers, resourcePools"),
    (["gte", "pools"], 'there is no command "gte"; did you mean "get"?'),
    (["config", "use"], "there is no command"),
    ([], "A subcommand is required"),
    (["get", "pools", "-o", "xml"], 'must be one of table|wide|json|yaml|name, is "xml"'),
    (["get", "pools", "--limit", "0"], "--limit must be a whole number from 1"),
    (["get", "pools", "--chunk-size", "x"], "--chunk-size must be a whole number from 1"),
    (["get", "pools", "--filter", "name"], "--filter must read field[op]=value"),
    (["get", "pools", "--filter", "name[like]=x"], "there is no operator [like]; there are eq, ne"),
    (["get", "pools", "--filter", "name[ne]=x", "--api-version", "v1"], "needs /o2ims/v2, and this gateway has v1 alone"),
    (["get", "pools", "-l", "a!=b", "--api-version", "v1"], "needs /o2ims/v2"),
    (["get", "dm", "-l", "a=b", "--api-version", "v1"], "needs /o2ims/v2"),
    (["get", "pools", "-l", "=b"], "-l must read key=value"),
    (["get", "pools", "--field-selector", "name"], "--field-selector must read field=value"),
    (["get", "pools", "--sort-by", "name,location", "--api-version", "v1"], "several keys needs /o2ims/v2"),
    (["get", "pool", "a", "-l", "a=b"], "leave out the ids, or the filters"),
    (["get", "ocloud", "a"], "there is one oCloudInfrastructure: give no id"),
    (["get", "pool/a", "b"], "stands among KIND/ID"),
    (["get", "pool/"], "names no id"),
    (["get", "pools,res", "a"], "ids go with one kind"),
    (["watch", "pools,res"], "watch takes one kind"),
    (["watch", "pools", "--limit", "3"], "changes have no end"),
    (["watch", "pools", "--interval", "0s"], "must be a duration"),
    (["get", "pools", "--nonsense"], "--nonsense"),
    (["patch", "pool", "a"], "give the patch with -p"),
    (["patch", "pool", "-p", "{}"], "name an id"),
    (["patch", "pool", "a", "b", "-p", "{}"], "patch changes one object"),
    (["patch", "pool", "a", "-p", "[1]"], "must be one object"),
    (["patch", "pool", "a", "-p", "{"], "value 1"),
    (["delete", "pool"], "name an id"),
    (["delete", "pool", "a", "b", "--if-match", "1.1"], "--if-match is one object's"),
    (["create", "-f", "no-such-file"], "no-such-file can't be read: No such file"),
    (["create", "pool"], "--filename is required"),
    (["api", "G3T", "/"], "is no HTTP method"),
    (["api", "GET", "/a b"], "write %20"),
    (["api", "GET", "/", "-H", "nonsense"], "-H must read 'Name: value'"),
    (["completion", "tcsh"], "must be one of bash|zsh|fish"),
])
def test_wrong_arguments_are_2_and_say_what_to_change(read, arguments, says):
    done = read(*arguments, code=2)
    assert done.out == "" and says in done.err, done


def test_a_kind_of_a_later_version_is_refused_with_what_there_is(read):
    done = read("get", "tenants", "--api-version", "v1", code=1)
    assert "needs /o2ims/v3, and the newest to be had here is v1" in done.err


def test_what_a_server_says_can_not_move_the_cursor(tmp_path):
    evil = {"resourcePoolId": "p", "name": "a\u001b[2J\nb", "oCloudId": "o", "createdAt": "never"}

    def answer(asked):
        if asked.route == "/o2ims":
            return 200, {}, {"versions": [{"version": "v1"}]}
        return 200, {}, {"items": [evil], "total": 1}
    with Stub(answer) as stub:
        netweave = Client(tmp_path, stub.url)
        assert columns(netweave("get", "pools").lines[1]) == ["p", r"a\x1b[2J\nb", "<none>", "<unknown>"]
        assert "\x1b" not in netweave("get", "pools", "-o", "yaml").out
        assert netweave("get", "pools", "-o", "json").json["items"][0]["name"] == evil["name"]


# describe

def test_describe_shows_everything_with_the_etag_and_a_pools_resources(read, shared):
    text = read("describe", "pool", "sim-pool-0001").out
    assert re.search(r"^Resource Pool ID: +sim-pool-0001$", text, re.M)
    assert re.search(r"^Extensions:\n  labels:\n    zone: ", text, re.M)
    total = shared.get("/o2ims/v1/resourcePools/sim-pool-0001/resources").json["total"]
    assert re.search(rf"^Resources: +{total}$", text, re.M)
    etag = shared.get("/o2ims/v1/resourcePools/sim-pool-0001").headers["etag"]
    assert re.search(rf"^ETag: +{re.escape(etag)}$", text, re.M)
    assert re.search(r"^Created At: +\S+ \(\w+ ago\)$", text, re.M)


def test_describe_of_a_subscription_tells_how_its_deliveries_go(own, write, sink):
    sink.answers = [500]
    name = subscribe(own, sink, eventTypes=["ResourcePoolCreated"])["subscriptionId"]
    assert own.post("/o2ims/v1/resourcePools", {"name": "new"}).status == 201
    sink.wait(1)
    deadline = time.monotonic() + 60
    text = ""
    while "lastSuccessAt:" not in text or "pending: 0" not in text:
        assert time.monotonic() < deadline, text
        text = write("describe", "subscription", name).out
    told = dict(line.split(": ", 1) for line in text.split("Status:\n")[1].splitlines() if line.startswith("  "))
    assert told["  state"] == "active" and "500" in told["  lastError"] and told["  consecutiveFailures"] == "0"
    assert {"  lastFailureAt", "  lastSuccessAt", "  pending", "  deadLetters", "  lagRevisions"} <= set(told), text


def test_describe_all_of_a_kind_and_of_what_there_is_one(read):
    assert len(read("describe", "pools").out.split("\n\n")) == POOLS
    assert "Adapters:\n  - name: sim\n" in read("describe", "features").out
    assert "there is no resource nope" in read("describe", "res", "nope", code=3).err
    assert read("describe", "subs").err == "No resources found.\n"


# create

def test_create_from_json_and_yaml_in_files_and_standard_input(write, own, tmp_path):
    many = tmp_path / "many.yaml"
    many.write_text("""
kind: ResourcePool
resourcePoolId: rack-1
name: Rack 1
extensions: {labels: {"row": "7", site: berlin}}
---
kind: res
resourceId: node-1
resourceTypeId: sim-type-00
resourcePoolId: rack-1
---
# nothing here
""")
    assert write("create", "-f", many).lines == ["resourcepool/rack-1 created", "resource/node-1 created"]
    assert own.get("/o2ims/v1/resourcePools/rack-1").json["extensions"]["labels"] == {"row": "7", "site": "berlin"}
    one = json.dumps({"resourcePoolId": "rack-2", "name": "Rack 2"})
    two = json.dumps({"kind": "ResourcePool", "resourcePoolId": "rack-3", "name": "Rack 3"})
    assert write("create", "pool", "-f", "-", given=one + "\n" + two).lines == \
        ["resourcepool/rack-2 created", "resourcepool/rack-3 created"]
    assert own.get("/o2ims/v1/resourcePools/rack-3").status == 200


def test_what_get_prints_create_takes(write, own):
    printed = {form: write("get", "pools", "-o", form).out for form in ("json", "yaml")}
    for form, text in printed.items():
        assert len(write("create", "-f", "-", given=text.replace("sim-pool-", f"copy-{form}-")).lines) == 2
        assert own.get(f"/o2ims/v1/resourcePools/copy-{form}-0001").status == 200


def test_create_prints_what_was_made(write):
    pool = json.dumps({"resourcePoolId": "a", "name": "A"})
    made = write("create", "pool", "-f", "-", "-o", "json", given=pool).json
    assert made["kind"] == "ResourcePool" and made["createdAt"]
    assert write("create", "pool", "-f", "-", "-o", "name", given=pool.replace('"a"', '"b"')).out == "resourcepool/b\n"
    assert write("create", "pool", "-f", "-", "-o", "yaml", given=pool.replace('"a"', '"c"')).out.startswith("kind: Resou")


def test_create_goes_on_after_a_refusal_and_ends_with_its_code(write):
    text = "\n".join(json.dumps(body) for body in (
        {"resourcePoolId": "sim-pool-0000", "name": "taken"}, {"resourcePoolId": "x", "nmae": "typo"},
        {"resourcePoolId": "good", "name": "Good"}))
    done = write("create", "pool", "-f", "-", given=text, code=1)
    assert done.lines == ["resourcepool/good created"]
    assert "Error from server (Conflict): standard input, document 1: " in done.err
    assert "Error from server (BadRequest): standard input, document 2: " in done.err
    assert "  nmae: " in done.err and "  name: " in done.err


def test_dry_run_sends_nothing(write, own):
    pool = json.dumps({"kind": "pool", "resourcePoolId": "dry", "name": "Dry"})
    assert write("create", "-f", "-", "--dry-run=client", given=pool).out == "resourcepool/dry created (dry run)\n"
    assert write("create", "-f", "-", "--dry-run", "client", "-o", "json", given=pool).json["name"] == "Dry"
    assert own.get("/o2ims/v1/resourcePools/dry").status == 404


def test_an_idempotency_key_makes_one_object(write, own):
    pool = json.dumps({"name": "Once"})
    names = {write("create", "pool", "-f", "-", "--idempotency-key", "order-1", given=pool).out for _ in range(2)}
    assert len(names) == 1
    both = pool + pool
    assert "is for one object" in write("create", "pool", "-f", "-", "--idempotency-key", "k", given=both, code=2).err


@pytest.mark.parametrize("text, says", [
    ("{", "value 1"), ("a: [", "can't be read"), ("", "holds no object"), ("- 1", "item 1 is no object"),
    ('{"name": "x"}', "has no kind"), ('{"kind": "Poool"}', 'did you mean "pool"'), ("a: 1\na: 2", "is written twice"),
    ("kind: ResourcePool\nname: a\n---\nnonsense\n", "document 2 is no object"),
])
def test_a_file_that_can_not_be_used_is_2_and_nothing_is_sent(write, own, text, says):
    done = write("create", "-f", "-", given=text, code=2)
    assert says in done.err, done
    assert own.get("/o2ims/v1/resourcePools").json["total"] == 2


def test_a_given_kind_that_is_another_is_2(write):
    assert "is a Resource, and a ResourcePool is asked for" in \
        write("create", "pool", "-f", "-", given='{"kind": "Resource"}', code=2).err


def test_a_subscriptions_secret_is_told_once_on_stderr(write, own):
    body = json.dumps({"kind": "Subscription", "subscriptionId": "smo", "callback": "http://127.0.0.1:9/x"})
    done = write("create", "-f", "-", given=body)
    assert done.out == "subscription/smo created\n"
    assert re.search(r"told this once: \S{20,}\n$", done.err)
    assert columns(write("get", "subs").lines[1])[:3] == ["smo", "http://127.0.0.1:9/x", "<all>"]


# patch

def test_patch_merges_and_null_removes(write, own):
    assert write("patch", "pool", "sim-pool-0000", "-p", '{"description": "edge", "location": null}').out == \
        "resourcepool/sim-pool-0000 patched\n"
    pool = own.get("/o2ims/v1/resourcePools/sim-pool-0000").json
    assert pool["description"] == "edge" and "location" not in pool
    assert write("patch", "pool/sim-pool-0000", "-p", "description: yaml", "-o", "json").json["description"] == "yaml"
    assert write("patch", "pool/sim-pool-0000", "--patch-file", "-", "-o", "yaml", given="{name: Flow}").out.count("name: Flow")


def test_patch_if_match_is_6_where_it_changed(write, own):
    etag = own.get("/o2ims/v1/resourcePools/sim-pool-0000").headers["etag"]
    for tag in (etag, etag.strip('"')):
        assert "412" not in write("patch", "pool", "sim-pool-0000", "-p", "{}", "--if-match", tag).err
    write("patch", "pool", "sim-pool-0000", "-p", "name: other", "--if-match", etag)
    done = write("patch", "pool", "sim-pool-0000", "-p", "name: late", "--if-match", etag, code=6)
    assert done.err.startswith("Error from server (PreconditionFailed): ")


def test_patch_of_a_subscription_is_a_put_of_the_merged(write, own):
    own.post("/o2ims/v1/subscriptions", {"subscriptionId": "s", "callback": "http://127.0.0.1:9/x",
                                         "consumerSubscriptionId": "keep"})
    assert write("patch", "sub", "s", "-p", "callback: http://127.0.0.1:9/y").out == "subscription/s patched\n"
    now = own.get("/o2ims/v1/subscriptions/s").json
    assert (now["callback"], now["consumerSubscriptionId"]) == ("http://127.0.0.1:9/y", "keep")
    write("patch", "sub", "s", "-p", "callback: http://127.0.0.1:9/z", "--if-match", "0.0", code=6)


def test_patch_refused_and_not_found(write):
    assert "  resourceTypeId: " in write("patch", "res", "sim-res-0000000", "-p", "resourceTypeId: x", code=1).err
    write("patch", "pool", "nope", "-p", "{}", code=3)
    assert "MethodNotAllowed" in write("patch", "dm", "sim-dm", "-p", "{}", code=1).err


def test_tenants_are_made_changed_and_removed_in_v3(write, own):
    tenant = json.dumps({"kind": "Tenant", "tenantId": "acme", "name": "Acme", "quota": {"maxUsers": 5}})
    assert write("create", "-f", "-", given=tenant).out == "tenant/acme created\n"
    assert write("patch", "tenant", "acme", "-p", "{name: Acme Ltd, quota: {maxResources: 7}}").out == "tenant/acme patched\n"
    now = own.get("/o2ims/v3/tenants/acme").json
    assert (now["name"], now["quota"]["maxUsers"], now["quota"]["maxResources"]) == ("Acme Ltd", 5, 7)
    assert [columns(line)[:3] for line in write("get", "tenants", "--no-headers").lines] == \
        [["acme", "Acme Ltd", "active"], ["default", "Default", "active"]]
    assert write("delete", "tenant/acme").out == "tenant/acme deleted\n"


# delete

def test_delete_by_ids_by_names_and_by_file(write, own):
    assert write("delete", "res", "sim-res-0000000", "sim-res-0000001").lines == \
        ["resource/sim-res-0000000 deleted", "resource/sim-res-0000001 deleted"]
    pool = own.post("/o2ims/v1/resourcePools", {"resourcePoolId": "p", "name": "P"}).json
    assert write("delete", "res/sim-res-0000002", "pool/p", "-o", "name").lines == ["resource/sim-res-0000002", "resourcepool/p"]
    own.post("/o2ims/v1/resourcePools", {"resourcePoolId": "p", "name": "P"})
    assert write("delete", "-f", "-", given=json.dumps({"kind": "pool", **pool})).out == "resourcepool/p deleted\n"
    assert own.get("/o2ims/v1/resourcePools/p").status == 404


def test_delete_goes_on_and_ends_with_the_first_fault(write, own):
    done = write("delete", "pool/nope", "res/sim-res-0000000", code=3)
    assert done.out == "resource/sim-res-0000000 deleted\n"
    assert "resourcepool/nope" in done.err
    assert write("delete", "pool/nope", "--ignore-not-found").out == ""
    assert "Conflict" in write("delete", "pool", "sim-pool-0001", code=1).err
    write("delete", "pool", "sim-pool-0001", "--if-match", "0.0", code=6)


def test_delete_files_that_name_nothing_are_2(write):
    assert "it needs resourcePoolId" in write("delete", "pool", "-f", "-", given='{"name": "x"}', code=2).err
    assert "not both" in write("delete", "pool", "x", "-f", "-", code=2).err


def slow_deletion(gone_after):
    """A gateway whose deletions take a while."""
    left = [gone_after]

    def answer(asked):
        if asked.route == "/o2ims":
            return 200, {}, {"versions": [{"version": "v1"}]}
        if asked.method == "DELETE":
            return 202, {}, {}
        left[0] -= 1
        if left[0] < 0:
            return 404, {"Content-Type": "application/problem+json"}, {"title": "NotFound", "status": 404, "detail": "gone"}
        return 200, {}, {"resourcePoolId": "p"}
    return Stub(answer)


def test_delete_wait_returns_once_it_is_gone(tmp_path):
    with slow_deletion(3) as stub:
        assert Client(tmp_path, stub.url)("delete", "pool/p", "--wait").out == "resourcepool/p deleted\n"
        assert [asked.method for asked in stub.asked][1:] == ["DELETE", "GET", "GET", "GET", "GET"]


def test_delete_wait_gives_up_with_5(tmp_path):
    with slow_deletion(10**9) as stub:
        done = Client(tmp_path, stub.url)("delete", "pool/p", "--wait", "--timeout", "200ms", code=5)
        assert "resourcepool/p is still there after 200ms" in done.err and done.out == ""


# watch

def test_watch_shows_what_is_there_and_then_each_change(write, own):
    with write.start("watch", "pools", "--interval", "20ms") as watch:
        assert watch.line().split()[:2] == ["EVENT", "ID"]
        assert [watch.line().split()[:2] for _ in range(2)] == [["ADDED", "sim-pool-0000"], ["ADDED", "sim-pool-0001"]]
        own.post("/o2ims/v1/resourcePools", {"resourcePoolId": "new", "name": "New"})
        assert watch.line().split()[:3] == ["ADDED", "new", "New"]
        own.request("PATCH", "/o2ims/v1/resourcePools/new", json.dumps({"name": "Newer"}),
                    {"Content-Type": "application/merge-patch+json"})
        assert watch.line().split()[:3] == ["MODIFIED", "new", "Newer"]
        own.request("DELETE", "/o2ims/v1/resourcePools/new")
        assert watch.line().split()[:3] == ["DELETED", "new", "Newer"]
        assert watch.interrupt() == -2


def test_get_w_of_one_object_as_json_lines(write, own):
    with write.start("get", "pool", "sim-pool-0000", "-w", "-o", "json", "--interval", "20ms", "--events", "3") as watch:
        assert json.loads(watch.line())["object"]["name"] == "Pool 0"
        for name in ("A", "B"):
            own.request("PATCH", "/o2ims/v1/resourcePools/sim-pool-0000", json.dumps({"name": name}),
                        {"Content-Type": "application/merge-patch+json"})
            event = json.loads(watch.line())
            assert (event["type"], event["object"]["name"], event["object"]["kind"]) == ("MODIFIED", name, "ResourcePool")
        assert watch.process.wait(30) == 0


def test_watch_only_leaves_out_what_is_there_and_keeps_the_filter(tmp_path):
    looks = []

    def answer(asked):
        if asked.route == "/o2ims":
            return 200, {}, {"versions": [{"version": "v1"}]}
        looks.append(dict(asked.query)["labels"])
        there = ["old"] if len(looks) == 1 else ["new", "old"]
        return 200, {}, {"items": [{"resourceId": name} for name in there], "total": len(there)}
    with Stub(answer) as stub:
        arguments = ["-l", "role=du", "--watch-only", "-o", "name", "--interval", "10ms", "--events", "1"]
        assert Client(tmp_path, stub.url)("watch", "res", *arguments).out == "ADDED resource/new\n"
    assert set(looks) == {"role:du"}


def test_watch_asks_with_the_etag_and_reads_only_pages_that_changed(tmp_path):
    pages = {"": (["a", "b"], "c1"), "c1": (["c"], None)}
    versions = {"a": 1, "b": 1, "c": 1}

    def answer(asked):
        if asked.route == "/o2ims":
            return 200, {}, {"versions": [{"version": "v1"}]}
        ids, following = pages[dict(asked.query).get("cursor", "")]
        etag = 'W/"' + ".".join(f"{name}{versions[name]}" for name in ids) + '"'
        if asked.headers.get("if-none-match") == etag:
            return 304, {"ETag": etag}, ""
        body = {"items": [{"resourcePoolId": name, "name": str(versions[name])} for name in ids], "total": 3}
        return 200, {"ETag": etag}, {**body, "nextCursor": following} if following else body
    with Stub(answer) as stub, Client(tmp_path, stub.url).start("watch", "pools", "-o", "name", "--interval", "10ms") as watch:
        assert [watch.line() for _ in range(3)] == [f"ADDED resourcepool/{name}" for name in "abc"]
        asked = len(stub.asked)
        wait_until(lambda: len(stub.asked) >= asked + 4, "two more looks")
        assert all("if-none-match" in one.headers for one in stub.asked[asked:])
        versions["c"] = 2
        assert watch.line() == "MODIFIED resourcepool/c"


def test_watch_is_told_by_the_gateway_and_looks_no_more(write, own):
    """An interval of an hour: what is seen, was told. Every change is, also two in a row."""
    with write.start("watch", "pools", "--filter", "name[contains]=w", "-o", "json", "--interval", "1h", "--watch-only") as watch:
        with write.start("get", "pool", "new", "-w", "-o", "json", "--interval", "1h", "--events", "4") as one:
            wait_until(lambda: "netweave_streams 2" in own.get("/metrics").body.decode(), "both are told")
            own.post("/o2ims/v1/resourcePools", {"resourcePoolId": "new", "name": "New"})
            for name in ("Newer", "Old"):
                own.request("PATCH", "/o2ims/v1/resourcePools/new", json.dumps({"name": name}),
                            {"Content-Type": "application/merge-patch+json"})
            own.request("DELETE", "/o2ims/v1/resourcePools/new")

            def told(running):
                change = json.loads(running.line())
                return change["type"], change["object"]["name"]

            # the first leaves the filter, which the second has not
            assert [told(watch) for _ in range(3)] == [("ADDED", "New"), ("MODIFIED", "Newer"), ("DELETED", "Newer")]
            assert [told(one) for _ in range(4)] == [("ADDED", "New"), ("MODIFIED", "Newer"), ("MODIFIED", "Old"),
                                                     ("DELETED", "Old")]
            assert one.process.wait(30) == 0


def test_watch_looks_again_where_the_gateway_cannot_tell_it_and_says_so(write, tmp_path):
    with write.start("watch", "res", "--filter", "vendor=nobody", "--interval", "20ms") as watch:
        assert "resourceTypeId" in (line := watch.error_line()) and "looking for changes each 20ms" in line

    def answer(asked):
        if asked.route == "/o2ims":
            return 200, {}, {"versions": [{"version": "v2"}]}
        names = ["a"] if len(stub.asked) < 4 else ["a", "b"]
        return 200, {}, {"items": [{"resourcePoolId": name, "name": name} for name in names], "total": len(names)}
    with Stub(answer) as stub, Client(tmp_path, stub.url).start("watch", "pools", "-o", "name", "--interval", "20ms") as watch:
        assert [watch.line() for _ in range(2)] == ["ADDED resourcepool/a", "ADDED resourcepool/b"]
        assert "it has no watches" in watch.error_line()


def test_watch_lists_again_where_the_log_no_longer_holds_its_place(tmp_path):
    def answer(asked):
        if asked.route == "/o2ims":
            return 200, {}, {"versions": [{"version": "v2"}]}
        query = dict(asked.query)
        if "watch" in query:
            return 410, {"Content-Type": "application/problem+json"}, {
                "type": "about:blank", "title": "Gone", "status": 410, "detail": "list again"}
        looks = sum("watch" not in dict(one.query) for one in stub.asked)
        names = ["a", "b"] if looks < 4 else ["b", "c"]
        return 200, {"X-Netweave-Revision": f"e.{looks}"}, {
            "items": [{"resourcePoolId": name, "name": name} for name in names], "total": 2}
    with Stub(answer) as stub, Client(tmp_path, stub.url).start("watch", "pools", "-o", "name", "--interval", "10ms") as watch:
        assert [watch.line() for _ in range(4)] == ["ADDED resourcepool/a", "ADDED resourcepool/b", "ADDED resourcepool/c",
                                                    "DELETED resourcepool/a"]


def test_watch_outlives_a_gateway_that_is_gone_for_a_while(write, own):
    with write.start("watch", "pools", "-o", "name", "--interval", "50ms") as watch:
        assert [watch.line() for _ in range(2)] == ["ADDED resourcepool/sim-pool-0000", "ADDED resourcepool/sim-pool-0001"]
        port = own.port
        own.kill()
        assert watch.error_line().endswith("; trying again")
        settings = json.loads(own.config.read_text())
        settings["server"]["port"] = port
        own.config.write_text(json.dumps(settings))
        own.start().wait_ready()
        own.post("/o2ims/v1/resourcePools", {"resourcePoolId": "later", "name": "L"})
        assert watch.line() == "ADDED resourcepool/later"


# terminals

def test_events_are_coloured_on_a_terminal_unless_no_color(read):
    plain, code = read.on_terminal("watch", "pools", "--events", "1", NO_COLOR="1")
    assert code == 0 and "\x1b[3" not in plain and "ADDED" in plain
    coloured, _ = read.on_terminal("watch", "pools", "--events", "1")
    assert "\x1b[32mADDED\x1b[0m   sim-pool-0000" in coloured
    assert "\x1b" not in read("watch", "pools", "--events", "1").out


def slow_pages(count):
    def answer(asked):
        if asked.route == "/o2ims":
            return 200, {}, {"versions": [{"version": "v1"}]}
        page = int(dict(asked.query).get("cursor", "0"))
        time.sleep(0.2)  # what a bar is for
        body = {"items": [{"resourcePoolId": f"p{page}", "name": "n"}], "total": count}
        return 200, {}, {**body, "nextCursor": str(page + 1)} if page + 1 < count else body
    return Stub(answer)


def test_a_bar_is_drawn_on_a_terminal_and_wiped_before_the_table(tmp_path):
    with slow_pages(6) as stub:
        netweave = Client(tmp_path, stub.url)
        text, code = netweave.on_terminal("get", "pools")
        assert code == 0
        assert re.search(r"\r\x1b\[KresourcePools  \[=+> *\]  [3-5]/6  \d+%", text)
        assert text.index("\r\x1b[KID ") > text.rindex("/6 ")
        assert "\x1b" not in netweave("get", "pools").err


def test_a_reader_that_goes_away_ends_it_quietly(read):
    with read.start("get", "res", "-o", "json", "--chunk-size", "1") as running:
        running.line()
        running.process.stdout.close()
        assert running.process.wait(30) == 141
        assert running.process.stderr.read() == ""


def test_output_that_can_not_be_written_is_a_failure(read):
    with open("/dev/full", "w") as full:
        done = subprocess.run([CLIENT, "get", "pools"], env=read.environment, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "No space left" in done.stderr


# version, api, help

def test_version_of_both_sides(read):
    versions = read("version", "-o", "json").json
    assert versions["client"] == versions["server"]["version"] and versions["server"]["api"] == "v2"
    assert read("version", "--client").out == f"Client: {versions['client']}\n"
    assert read("version").lines[1].startswith(f"Server: {versions['client']} (API v2, http://")
    assert read("--version").out == f"netweave {versions['client']}\n"
    assert "server:\n  address:" in read("version", "-o", "yaml").out


def test_api_sends_what_it_is_told(write, own):
    assert write("api", "get", "/healthz").json["status"] == "ok"
    assert write("api", "GET", "resourcePools?limit=1").json["total"] == 2
    made = write("api", "POST", "resourcePools", "-d", '{"resourcePoolId": "raw", "name": "Raw"}', "-i")
    assert made.lines[0] == "HTTP/1.1 201" and "Location: /o2ims/v2/resourcePools/raw" in made.out
    changed = write("api", "PATCH", "resourcePools/raw", "-f", "-", "-H", "If-Match: *", given='{"name": "Rawer"}')
    assert changed.json["name"] == "Rawer"
    assert write("api", "DELETE", "resourcePools/raw").out == ""
    done = write("api", "GET", "resourcePools/raw", code=3)
    assert done.out == "" and done.err.startswith("Error from server (NotFound)")


def test_help_of_the_program_and_of_each_command(read):
    text = read("--help").out
    assert "Exit codes:" in text
    for command in ("get", "watch", "describe", "create", "patch", "delete", "api", "config", "version", "completion"):
        assert re.search(rf"^  {command} ", text, re.M)
        assert "--help" in read(command, "--help").out


def test_no_gateway_is_4(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        done = Client(tmp_path, f"http://127.0.0.1:{nobody.getsockname()[1]}")("get", "pools", code=4)
    assert done.out == "" and "can't be reached" in done.err


def test_the_clients_version_is_told_without_a_gateway_which_is_4_then(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        done = Client(tmp_path, f"http://127.0.0.1:{nobody.getsockname()[1]}")("version", code=4)
    assert done.out.startswith("Client: ")

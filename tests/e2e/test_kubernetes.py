"""The whole path on a real API server: Kubernetes, log, O2-IMS v1, webhooks, and what happens when parts die."""

import json
import threading
import time

import kube
import pytest
from conftest import subscribe
from gateway import Gateway, wait_until

V1 = "/o2ims/v1"
MERGE = "application/merge-patch+json"


@pytest.fixture(scope="module")
def server():
    with kube.KubeServer(cluster_api=True) as server:
        yield server


@pytest.fixture
def cluster(server):
    """The server, with no nodes left of an earlier test."""
    server.request("DELETE", "/api/v1/nodes")
    server.request("DELETE", "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machinedeployments")
    yield server


CLUSTER_API = {"cluster_name": "demo",
               "bootstrap_template": {"api_version": "bootstrap.cluster.x-k8s.io/v1beta2",
                                      "kind": "KubeadmConfigTemplate", "name": "demo"},
               "infrastructure_template": {"api_version": "infrastructure.cluster.x-k8s.io/v1beta2",
                                           "kind": "DockerMachineTemplate", "name": "demo"}}


def gateway_on(server, folder, **more):
    config = {"kubeconfig": str(server.kubeconfigs["admin-token"]), "cluster_api": CLUSTER_API}
    return Gateway(folder, adapters=[{"name": "k8s", "type": "kubernetes", "config": config}], **more)


def nodes_of(gateway, query=""):
    return [r for r in gateway.all("resources", query) if r["resourceId"].startswith("k8s-node")]


def name_of(event_or_resource):
    resource = event_or_resource.get("resource", event_or_resource)
    return resource["extensions"]["k8s"]["name"]


def label(server, name, **labels):
    server.request("PATCH", f"/api/v1/nodes/{name}", {"metadata": {"labels": labels}}, content_type=MERGE)


def test_a_thousand_nodes_and_a_label(cluster, tmp_path, sink):
    """Scenario 1."""
    cluster.create_nodes(1000)
    with gateway_on(cluster, tmp_path) as gateway:
        gateway.wait_ready()
        nodes = nodes_of(gateway)
        assert len(nodes) == 1000 and len({name_of(n) for n in nodes}) == 1000
        subscribe(gateway, sink)
        label(cluster, "node-00500", mood="happy")
        event = sink.wait(1)[0]
        assert event["eventType"] == "ResourceUpdated" and name_of(event) == "node-00500"
        assert event["resource"]["extensions"]["labels"]["mood"] == "happy"
        assert "mood" not in event["priorState"]["extensions"]["labels"]


def test_killed_while_the_cluster_changes(cluster, tmp_path, sink):
    """Scenario 2: exactly what changed meanwhile, once, in order."""
    cluster.create_nodes(40)
    gateway = gateway_on(cluster, tmp_path).start().wait_ready()
    wait_until(lambda: len(nodes_of(gateway)) == 40, "40 nodes")
    subscribe(gateway, sink)
    label(cluster, "node-00000", before="kill")
    sink.wait(1)
    gateway.kill()
    for i in range(10):
        cluster.request("DELETE", f"/api/v1/nodes/node-{i:05d}")
    for i in range(20, 25):
        label(cluster, f"node-{i:05d}", meanwhile="yes")
    gateway.start()
    try:
        sink.wait_distinct(16)
        label(cluster, "node-00030", after="restart")  # what follows shows that nothing else was to come
        events = sink.wait_distinct(17)
        # what was accepted in the last moments before the kill may come again, as the very same notification
        ids = [e["notificationId"] for e in sink.bodies()]
        assert set(i for i in ids if ids.count(i) > 1) <= {events[0]["notificationId"]}
        assert [e["sequence"] for e in events] == list(range(1, 18))
        assert name_of(events[-1]) == "node-00030"
        during = events[1:-1]
        deleted = [name_of(e) for e in during if e["eventType"] == "ResourceDeleted"]
        updated = [name_of(e) for e in during if e["eventType"] == "ResourceUpdated"]
        assert sorted(deleted) == [f"node-{i:05d}" for i in range(10)]
        assert sorted(updated) == [f"node-{i:05d}" for i in range(20, 25)]
        assert len(during) == 15
    finally:
        gateway.stop()


def test_the_api_server_goes_away_and_comes_back(cluster, tmp_path, sink):
    """Scenario 3."""
    cluster.create_nodes(20)
    with gateway_on(cluster, tmp_path) as gateway:
        gateway.wait_ready()
        wait_until(lambda: len(nodes_of(gateway)) == 20, "20 nodes")
        subscribe(gateway, sink)
        node = nodes_of(gateway)[0]
        cluster.stop_api()
        try:
            stale = wait_until(lambda: next((a for a in gateway.get("/readyz").json["components"]["adapters"]
                                             if a["status"] == "stale"), None), "the adapter is stale")
            assert stale["error"] and stale["ageSeconds"] >= 0
            assert gateway.get("/readyz").status == 200 and len(nodes_of(gateway)) == 20
            features = gateway.get(f"{V1}/features").json["adapters"][0]
            assert features["status"] == "failed" and features["error"]
            began = time.monotonic()
            refused = gateway.request("PATCH", f"{V1}/resources/{node['resourceId']}", {"extensions": {"labels": {"a": "b"}}})
            assert refused.status == 503 and refused.json["title"] == "BackendUnavailable" and "retry-after" in refused.headers
            assert time.monotonic() - began < 5, "a write waited for a backend that is known to be away"
            gateway.kill()
            gateway.start()
            again = wait_until(lambda: next((a for a in gateway.get("/readyz").json["components"]["adapters"]
                                             if a["status"] == "stale"), None), "stale after the restart")
            assert again["ageSeconds"] >= 0 and gateway.get("/readyz").status == 200 and len(nodes_of(gateway)) == 20
        finally:
            cluster.start_api()
        label(cluster, "node-00003", back="again")
        event = sink.wait(1)[0]
        assert name_of(event) == "node-00003"
        wait_until(lambda: gateway.get("/readyz").json["components"]["adapters"][0]["status"] == "ok", "recovered")
        done = gateway.request("PATCH", f"{V1}/resources/{node['resourceId']}", {"extensions": {"labels": {"a": "b"}}})
        assert done.status == 200 and done.json["extensions"]["labels"]["a"] == "b"


def test_a_pool_is_read_back_at_once(cluster, tmp_path):
    """Scenario 4: while the cluster changes."""
    cluster.create_nodes(50)
    with gateway_on(cluster, tmp_path) as gateway:
        gateway.wait_ready()
        stop = threading.Event()

        def change():
            while not stop.is_set():
                label(cluster, "node-00000", turn=str(time.monotonic_ns()))

        churn = threading.Thread(target=change)
        churn.start()
        try:
            for i in range(10):
                made = gateway.post(f"{V1}/resourcePools", {"name": f"pool {i}", "description": "kept by O2"})
                assert made.status == 201, made
                got = gateway.get(made.headers["location"])
                assert got.status == 200 and got.json == made.json
                assert made.json["resourcePoolId"] in [p["resourcePoolId"] for p in gateway.all("resourcePools")]
        finally:
            stop.set()
            churn.join()


def test_a_node_made_again_under_its_name(cluster, tmp_path, sink):
    """Scenario 5: between two lists, which a kill makes sure of."""
    cluster.create_nodes(5)
    gateway = gateway_on(cluster, tmp_path).start().wait_ready()
    wait_until(lambda: len(nodes_of(gateway)) == 5, "5 nodes")
    subscribe(gateway, sink)
    gateway.kill()
    cluster.request("DELETE", "/api/v1/nodes/node-00002")
    cluster.create_nodes(1, first=2)
    cluster.compact()
    cluster.stop_api()
    cluster.start_api()
    gateway.start()
    try:
        events = sink.wait(2)
        assert [(e["eventType"], name_of(e)) for e in events] == [("ResourceDeleted", "node-00002"),
                                                                  ("ResourceCreated", "node-00002")]
    finally:
        gateway.stop()


def test_the_three_calls_of_the_users_readme(cluster, tmp_path, sink):
    """Scenario 6, as they stand there."""
    cluster.create_nodes(3)
    with gateway_on(cluster, tmp_path) as gateway:
        gateway.wait_ready()
        assert gateway.get("/o2ims/v1/resourcePools").json["total"] > 0
        made = gateway.request(
            "POST", "/o2ims/v1/resourcePools",
            '{"name":"GPU Pool","description":"Nodes with NVIDIA A100 GPUs","location":"us-west-2a",'
            '"oCloudId":"ocloud-1","extensions":{"instanceType":"p4d.24xlarge","replicas":3}}',
            {"Content-Type": "application/json"})
        assert made.status == 201, made
        assert made.json["name"] == "GPU Pool" and made.json["location"] == "us-west-2a"
        assert made.json["extensions"]["instanceType"] == "p4d.24xlarge" and made.json["extensions"]["replicas"] == 3
        subscribed = gateway.request(
            "POST", "/o2ims/v1/subscriptions",
            json.dumps({"callback": sink.url + "/hook", "consumerSubscriptionId": "smo-sub-123",
                        "filter": {"resourcePoolId": "pool-compute-highmem"}}),
            {"Content-Type": "application/json"})
        assert subscribed.status == 201, subscribed
        body = {"resourcePoolId": "pool-compute-highmem", "name": "High memory"}
        assert gateway.post(f"{V1}/resourcePools", body).status == 201
        event = sink.wait(1)[0]
        assert event["eventType"] == "ResourcePoolCreated" and event["consumerSubscriptionId"] == "smo-sub-123"
        assert event["resourcePool"]["resourcePoolId"] == "pool-compute-highmem"


def test_the_readmes_pool_without_cluster_api(tmp_path, sink):
    """There a pool is a label on nodes: an empty one lives in the store, over restarts and lists."""
    with kube.KubeServer() as plain:
        plain.create_nodes(2)
        gateway = gateway_on(plain, tmp_path).start().wait_ready()
        body = {"name": "GPU Pool", "description": "Nodes with NVIDIA A100 GPUs", "location": "us-west-2a",
                "oCloudId": "ocloud-1", "extensions": {"instanceType": "p4d.24xlarge", "replicas": 3}}
        made = gateway.post(f"{V1}/resourcePools", body)
        assert made.status == 201, made
        assert {k: made.json[k] for k in ("name", "description", "location")} == {
            "name": "GPU Pool", "description": "Nodes with NVIDIA A100 GPUs", "location": "us-west-2a"}
        subscribe(gateway, sink)
        gateway.kill()
        plain.compact()
        plain.stop_api()
        plain.start_api()
        gateway.start()
        try:
            label(plain, "node-00001", after="restart")
            assert [e["eventType"] for e in sink.wait(1)] == ["ResourceUpdated"]
            assert gateway.get(made.headers["location"]).json == made.json
            assert gateway.request("DELETE", made.headers["location"]).status == 204
            assert gateway.get(made.headers["location"]).status == 404
        finally:
            gateway.stop()


def test_a_cluster_that_can_not_be_reached_stops_nobody(tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    port = kube.free_ports(1)[0]
    kubeconfig.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}}],
        "users": [{"name": "u", "user": {"token": "t"}}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
    adapters = [{"name": "k8s", "type": "kubernetes", "config": {"kubeconfig": str(kubeconfig)}}]
    with Gateway(tmp_path, adapters=adapters) as gateway:
        assert gateway.get("/healthz").status == 200
        answer = wait_until(lambda: (a := gateway.get("/readyz")).json["components"]["adapters"][0].get("error") and a, "error")
        assert answer.status == 503
        assert gateway.get(f"{V1}/resources").json == {"items": [], "total": 0}

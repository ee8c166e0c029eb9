"""The roles of docs/adapters.md, word for word, on a real API server that enforces them."""

import json
import re

import kube
import pytest
from gateway import ROOT, Gateway, wait_until
from test_kubernetes import CLUSTER_API, MERGE, V1, nodes_of

RBAC = "/apis/rbac.authorization.k8s.io/v1"
PATHS = {"ClusterRole": f"{RBAC}/clusterroles", "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
         "ServiceAccount": "/api/v1/namespaces/netweave/serviceaccounts"}
USER = "system:serviceaccount:netweave:netweave"
MACHINE_SETS = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machinesets"
OPENSHIFT = "machine.openshift.io"
OPENSHIFT_SETS = f"/apis/{OPENSHIFT}/v1beta1/namespaces/default/machinesets"


def documents():
    """The YAML documents of the page's RBAC block."""
    page = (ROOT / "docs/adapters.md").read_text()
    block = next(b for b in re.findall(r"```yaml\n(.*?)```", page, re.S) if "kind: ClusterRoleBinding" in b)
    return block.split("---\n")


def apply(server, text):
    """As kubectl apply does."""
    kind = re.search(r"^kind: (\w+)", text, re.M)[1]
    name = re.search(r"^metadata: \{name: ([\w-]+)", text, re.M)[1]
    server.request("PATCH", f"{PATHS[kind]}/{name}?fieldManager=page&force=true", text.encode(),
                   content_type="application/apply-patch+yaml")


def allowed(server, verb, group, resource):
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
        "user": USER, "groups": ["system:serviceaccounts", "system:authenticated"],
        "resourceAttributes": {"verb": verb, "group": group, "resource": resource}}}
    return server.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)["status"]["allowed"]


def openshift_kind(server, plural, kind):
    """OpenShift's kind in name alone: its own definitions are in no module that the tests have."""
    open_object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    server.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
        "metadata": {"name": f"{plural}.{OPENSHIFT}"},
        "spec": {"group": OPENSHIFT, "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
                 "versions": [{"name": "v1beta1", "served": True, "storage": True,
                               "subresources": {"status": {}, "scale": scale},
                               "schema": {"openAPIV3Schema": open_object}}]}})
    wait_until(lambda: server.exists(f"/apis/{OPENSHIFT}/v1beta1/{plural}"), f"{plural} are served")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with kube.KubeServer(cluster_api=True) as server:
        openshift_kind(server, "machinesets", "MachineSet")
        openshift_kind(server, "machines", "Machine")
        server.request("POST", "/api/v1/namespaces", {"metadata": {"name": "netweave"}})
        server.create_nodes(3)
        yield server


def gateway_as_the_page_says(server, folder, *, writes):
    """A gateway with the token of the page's service account, under its roles."""
    for text in documents():
        if writes or "kind: ClusterRoleBinding" not in text or "netweave-writer" not in text:
            apply(server, text)
    wait_until(lambda: allowed(server, "watch", OPENSHIFT, "machines"), "the reading role is bound")
    wait_until(lambda: allowed(server, "patch", OPENSHIFT, "machinesets") == writes, "the writing role is or is not")
    token = server.request("POST", f"{PATHS['ServiceAccount']}/netweave/token", {"spec": {}})["status"]["token"]
    kubeconfig = json.loads(server.kubeconfigs["nobody"].read_text())
    kubeconfig["users"][0]["user"] = {"token": token}
    path = folder / "netweave.kubeconfig"
    path.write_text(json.dumps(kubeconfig))
    config = {"kubeconfig": str(path), "cluster_api": CLUSTER_API}
    return Gateway(folder, adapters=[{"name": "k8s", "type": "kubernetes", "config": config}])


def machine_set(version, name):
    template = {"metadata": {"labels": {"set": name}}, "spec": {}}
    if "cluster.x-k8s.io" in version:
        template["spec"] = {"clusterName": "demo", "bootstrap": {"dataSecretName": "none"}, "infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DockerMachineTemplate", "name": "demo"}}
    return {"apiVersion": version, "kind": "MachineSet", "metadata": {"name": name}, "spec": {
        "clusterName": "demo", "replicas": 0, "selector": {"matchLabels": {"set": name}}, "template": template}}


def pool_named(gateway, name):
    return wait_until(lambda: next((p for p in gateway.all("resourcePools") if p["name"] == name), None), name)


def write(gateway, method, path, body=None):
    answer = gateway.request(method, f"{V1}/{path}", body)
    assert answer.status in (200, 201, 202, 204), f"{method} {path}: {answer}"
    return answer.json if answer.body else None


def test_with_the_reading_role_reads_go_on_and_writes_are_refused(server, tmp_path):
    with gateway_as_the_page_says(server, tmp_path, writes=False) as gateway:
        gateway.wait_ready()
        node = nodes_of(gateway)[0]
        path = f"{V1}/resources/{node['resourceId']}"
        for method, target, body in (("PATCH", path, {"extensions": {"labels": {"a": "b"}}}), ("DELETE", path, None),
                                     ("POST", f"{V1}/resourcePools", {"name": "Not mine"})):
            refused = gateway.request(method, target, body)
            assert refused.status == 502, refused  # the gateway's right, not the client's, is missing
            assert refused.json["backendCode"] == "UNAUTHORIZED"
            assert USER in refused.json["detail"] and "cannot" in refused.json["detail"]
        assert gateway.get(path).json == node
        name = node["extensions"]["k8s"]["name"]
        server.request("PATCH", f"/api/v1/nodes/{name}", {"metadata": {"labels": {"seen": "yes"}}}, content_type=MERGE)
        wait_until(lambda: gateway.get(path).json["extensions"]["labels"].get("seen") == "yes", "the change is seen")
        assert gateway.get("/readyz").json["components"]["adapters"][0]["status"] == "ok"


def test_with_both_roles_every_write_works(server, tmp_path):
    server.request("POST", MACHINE_SETS, machine_set("cluster.x-k8s.io/v1beta2", "alone"))
    server.request("POST", OPENSHIFT_SETS, machine_set(f"{OPENSHIFT}/v1beta1", "shift"))
    server.request("POST", "/api/v1/persistentvolumes", {"metadata": {"name": "disk"}, "spec": {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/none"}}})
    with gateway_as_the_page_says(server, tmp_path, writes=True) as gateway:
        gateway.wait_ready()
        node = nodes_of(gateway)[0]
        node_name = node["extensions"]["k8s"]["name"]
        volume = next(r for r in gateway.all("resources") if r["resourceId"].startswith("k8s-pv"))
        for resource in (node, volume):
            path = f"resources/{resource['resourceId']}"
            assert write(gateway, "PATCH", path, {"extensions": {"labels": {"a": "b"}}})["extensions"]["labels"]["a"] == "b"
        assert server.request("GET", f"/api/v1/nodes/{node_name}")["metadata"]["labels"]["a"] == "b"
        made = write(gateway, "POST", "resourcePools", {"name": "Machines", "extensions": {"replicas": 1}})
        labelled = write(gateway, "POST", "resourcePools", {
            "name": "Labelled", "extensions": {"k8s": {"selector": {"matchLabels": {"a": "b"}}}}})
        pools = [made, pool_named(gateway, "alone"), pool_named(gateway, "shift")]
        for pool in pools:
            path = f"resourcePools/{pool['resourcePoolId']}"
            assert write(gateway, "PATCH", path, {"extensions": {"replicas": 0}})["extensions"]["replicas"] == 0
        for pool in [*pools, labelled]:
            write(gateway, "DELETE", f"resourcePools/{pool['resourcePoolId']}")
        for resource in (node, volume):
            write(gateway, "DELETE", f"resources/{resource['resourceId']}")
        assert not server.exists(f"/api/v1/nodes/{node_name}")
        assert not server.exists(f"{MACHINE_SETS}/alone") and not server.exists(f"{OPENSHIFT_SETS}/shift")

"""Nodes as a kubelet registers them: about 7 kB of JSON each, as the API server lists them."""

ZONES = ("a", "b", "c")
SHAPES = (("m5.4xlarge", "16", "65536Mi"), ("m5.12xlarge", "48", "196608Mi"), ("c5.9xlarge", "36", "73728Mi"))
CONDITIONS = (("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
              ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
              ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
              ("Ready", "True", "KubeletReady", "kubelet is posting ready status"))


def fat_node(prefix: str, index: int) -> dict:
    """The `index`-th node: its shape, zone and node group follow from the index."""
    name = f"{prefix}-{index:05d}"
    shape, cpu, memory = SHAPES[index % len(SHAPES)]
    zone = "eu-west-1" + ZONES[index % len(ZONES)]
    address = f"10.{index // 65536 % 256}.{index // 256 % 256}.{index % 256}"
    stamp = "2026-01-02T03:04:05Z"
    amounts = {"cpu": cpu, "memory": memory, "ephemeral-storage": "104845292Ki", "hugepages-1Gi": "0",
               "hugepages-2Mi": "0", "pods": "110"}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/instance-type": shape,
                "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": shape,
                "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": zone,
                "eks.amazonaws.com/nodegroup": f"group-{index % 5}", "example.com/rack": f"rack-{index % 40:02d}"},
            "annotations": {"node.alpha.kubernetes.io/ttl": "0",
                            "volumes.kubernetes.io/controller-managed-attach-detach": "true",
                            "csi.volume.kubernetes.io/nodeid": f'{{"ebs.csi.aws.com":"i-{index:017x}"}}'}},
        "spec": {"podCIDR": f"10.244.{index % 256}.0/24", "podCIDRs": [f"10.244.{index % 256}.0/24"],
                 "providerID": f"aws:///{zone}/i-{index:017x}"},
        "status": {
            "capacity": amounts, "allocatable": dict(amounts, cpu=str(int(cpu) * 1000 - 80) + "m"),
            "conditions": [{"type": kind, "status": status, "reason": reason, "message": message,
                            "lastHeartbeatTime": stamp, "lastTransitionTime": stamp}
                           for kind, status, reason, message in CONDITIONS],
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {"machineID": f"{index:032x}", "systemUUID": f"{index:08x}-0000-4000-8000-000000000000",
                         "bootID": f"{index:08x}-0000-4000-8000-000000000001", "kernelVersion": "6.1.0-28-amd64",
                         "osImage": "Debian GNU/Linux 12 (bookworm)", "containerRuntimeVersion": "containerd://2.0.1",
                         "kubeletVersion": "v1.36.3", "kubeProxyVersion": "", "operatingSystem": "linux",
                         "architecture": "amd64"},
            "images": [{"names": [f"registry.example.com/platform/component-{i}@sha256:{i:064x}"],
                        "sizeBytes": 10_000_000 + i} for i in range(23)]}}

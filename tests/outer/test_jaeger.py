"""Spans in a real Jaeger 2, as an operator looks for them there."""

import secrets

import jaeger
import kube
import pytest
from conftest import subscribe
from gateway import Gateway
from otlp import Span

V1 = "/o2ims/v1"
SIM = [{"name": "sim", "type": "simulator",
        "config": {"generate": {"pools": 2, "resources": 30, "resource_types": 2, "seed": 7}}}]
SERVER, CLIENT, FAILED = 2, 3, 2  # of OpenTelemetry's SpanKind and StatusCode


@pytest.fixture(scope="module")
def collector():
    with jaeger.Jaeger() as server:
        yield server


def traced(collector, **more):
    return {"observability": {"tracing": {"enabled": True, "endpoint": collector.url, "sampling_rate": 1}}, **more}


def spans(collector, trace, *names):
    """The trace's spans by their names, once there is one of each of these."""
    found = {}
    for raw in collector.spans(trace, *names):
        found.setdefault(raw["name"], []).append(Span({"attributes": [], **raw}, raw["service"]))
    return found


def patch(gateway, resource, body):
    """Changes it within a trace of the caller's; gives the ids of that."""
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    answer = gateway.request("PATCH", f"{V1}/resources/{resource}", body, {"traceparent": f"00-{trace}-{caller}-01"})
    assert answer.status == 200, answer
    return trace, caller


def check_write(found, caller, adapter):
    """What docs/observability.md says of a write's spans; gives that of the backend's call."""
    request, = found["PATCH /o2ims/v1/resources/{id}"]
    call, = found["adapter update_resource"]
    commits = found["store commit"]  # the intent, the result
    assert request.parent == caller and request.raw["kind"] == SERVER
    assert request.attributes["http.route"] == "/o2ims/v1/resources/{id}"
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["netweave.request_id"] and request.attributes["netweave.tenant"] == "default"
    assert call.raw["kind"] == CLIENT and call.attributes["netweave.adapter"] == adapter
    begin, end = (int(request.raw[time]) for time in ("startTimeUnixNano", "endTimeUnixNano"))
    for below in [call, *commits]:
        assert below.parent == request.id and below.raw["kind"] == CLIENT
        assert begin <= int(below.raw["startTimeUnixNano"]) <= int(below.raw["endTimeUnixNano"]) <= end
    assert all(span.service["service.name"] == "netweave" for span in [request, call, *commits])
    return call


def test_a_write_is_one_trace_from_the_caller_to_the_store(tmp_path, collector, engine):
    with Gateway(tmp_path, engine=engine, adapters=SIM, config=traced(collector)) as gateway:
        gateway.wait_ready()
        trace, caller = patch(gateway, "sim-res-0000001", {"description": "changed"})
        found = spans(collector, trace, "PATCH /o2ims/v1/resources/{id}", "adapter update_resource", "store commit",
                      "store commit")
        check_write(found, caller, "sim")
        assert sum(map(len, found.values())) == 4
        assert "netweave" in collector.ask("/api/v3/services")["services"]
        told = collector.ask("/api/v3/operations?service=netweave")["operations"]
        assert {"name": "PATCH /o2ims/v1/resources/{id}", "spanKind": "server"} in told


def test_a_write_to_a_cluster_is_one_trace_with_the_clusters_own_spans(tmp_path, collector):
    with kube.KubeServer(collector=collector.grpc) as cluster:
        cluster.create_nodes(1)
        config = {"kubeconfig": str(cluster.kubeconfigs["admin-token"])}
        adapters = [{"name": "k8s", "type": "kubernetes", "config": config}]
        with Gateway(tmp_path, adapters=adapters, config=traced(collector)) as gateway:
            gateway.wait_ready()
            node, = [one["resourceId"] for one in gateway.all("resources") if one["resourceId"].startswith("k8s-node")]
            trace, caller = patch(gateway, node, {"extensions": {"labels": {"step": "1"}}})
            found = spans(collector, trace, "PATCH /o2ims/v1/resources/{id}", "adapter update_resource", "store commit",
                          "store commit", "PATCH /api/v1/nodes/{:name}")
        call = check_write(found, caller, "k8s")
        within, = found["PATCH /api/v1/nodes/{:name}"]
        assert within.parent == call.id and within.service["service.name"] == "apiserver"


def test_each_attempt_to_deliver_is_a_span(tmp_path, collector, sink):
    quick = {"subscriptions": {"backoff": "5ms", "max_backoff": "20ms"}}
    with Gateway(tmp_path, adapters=SIM, config=traced(collector, **quick)) as gateway:
        gateway.wait_ready()
        subscribe(gateway, sink, eventTypes=["ResourceUpdated"])
        sink.answers = [503]
        patch(gateway, "sim-res-0000001", {"description": "changed"})
        sink.wait(1)
        _, headers, body = sink.received[0]
        trace = body["notificationId"].replace("-", "")
        failed, accepted = sorted(spans(collector, trace, *2 * ["deliver notification"])["deliver notification"],
                                  key=lambda span: int(span.raw["startTimeUnixNano"]))
        assert headers["traceparent"] == f"00-{trace}-{accepted.id}-01"
        assert failed.raw["status"]["code"] == FAILED and failed.attributes["http.response.status_code"] == 503
        for span in (failed, accepted):
            assert span.parent is None and span.raw["kind"] == CLIENT and span.service["service.name"] == "netweave"


def test_what_has_failed_says_so(tmp_path, collector):
    with Gateway(tmp_path, adapters=SIM, config=traced(collector)) as gateway:
        gateway.wait_ready()
        trace, caller = secrets.token_hex(16), secrets.token_hex(8)
        assert gateway.get(V1 + "/resources/none", traceparent=f"00-{trace}-{caller}-01").status == 404
        read, = spans(collector, trace, "GET /o2ims/v1/resources/{id}")["GET /o2ims/v1/resources/{id}"]
        assert read.parent == caller and read.attributes["http.response.status_code"] == 404
        assert 'netweave_trace_spans_total{result="rejected"} 0' in gateway.get("/metrics").body.decode()

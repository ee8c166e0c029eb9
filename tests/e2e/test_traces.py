"""Trace context in and out, and the spans that a collector is sent."""

import json
import secrets

import otel
import pytest
from cluster import Cluster
from conftest import subscribe
from gateway import Gateway, wait_until
from otlp import Collector

V1 = "/o2ims/v1"
SIM = [{"name": "sim", "type": "simulator",
        "config": {"generate": {"pools": 2, "resources": 30, "resource_types": 2, "seed": 7}}}]


def traced(collector, **tracing):
    return {"observability": {"logging": {"level": "debug", "format": "json"},
                              "tracing": {"enabled": True, "endpoint": collector.url, "sampling_rate": 1, **tracing}}}


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


def ids():
    return secrets.token_hex(16), secrets.token_hex(8)


def requests(gateway):
    """The log's lines of requests."""
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["msg"] == "request"]


def metric(gateway, line):
    found = [text for text in gateway.get("/metrics").body.decode().splitlines() if text.startswith(line + " ")]
    return float(found[0].split()[-1]) if found else None


def patch(gateway, number, **headers):
    answer = gateway.request("PATCH", f"{V1}/resources/sim-res-{number:07}", {"description": secrets.token_hex(4)},
                             headers)
    assert answer.status == 200, answer


def test_a_write_is_one_trace_from_the_caller_to_the_store(tmp_path, collector, engine):
    with Gateway(tmp_path, engine=engine, adapters=SIM, config=traced(collector)) as gateway:
        gateway.wait_ready()
        trace, caller = ids()
        patch(gateway, 1, traceparent=f"00-{trace}-{caller}-01", tracestate="vendor=1")
        request, = collector.wait(trace, "PATCH /o2ims/v1/resources/{id}")
        adapter, = collector.wait(trace, "adapter update_resource")
        commits = collector.wait(trace, "store commit", 2)  # the intent, the result
        assert request.parent == caller and request.raw["kind"] == 2 and request.raw["traceState"] == "vendor=1"
        assert request.attributes["http.response.status_code"] == 200
        assert request.attributes["http.route"] == "/o2ims/v1/resources/{id}"
        assert request.attributes["url.path"] == V1 + "/resources/sim-res-0000001"
        assert adapter.parent == request.id and adapter.attributes["netweave.adapter"] == "sim"
        assert all(commit.parent == request.id for commit in commits)
        assert request.service["service.name"] == "netweave" and request.service["service.instance.id"]
        line, = [line for line in requests(gateway) if line["trace_id"] == trace]
        assert line["route"] == "/o2ims/v1/resources/{id}" and line["tenant"] == "default"
        assert line["request_id"] == request.attributes["netweave.request_id"]


def test_a_backend_is_told_of_the_trace(tmp_path, collector):
    with Cluster(nodes=2) as cluster:
        config = traced(collector) | {"adapters": [cluster.adapter(tmp_path)]}
        with Gateway(tmp_path, adapters=config.pop("adapters"), config=config) as gateway:
            gateway.wait_ready()
            trace, caller = ids()
            node = gateway.all("resources")[0]["resourceId"]
            answer = gateway.request("PATCH", f"{V1}/resources/{node}", {"extensions": {"labels": {"step": "1"}}},
                                     {"traceparent": f"00-{trace}-{caller}-01", "tracestate": "vendor=1"})
            assert answer.status == 200, answer
            adapter, = collector.wait(trace, "adapter update_resource")
            headers, = cluster.patched
            assert headers["traceparent"] == f"00-{trace}-{adapter.id}-01" and headers["tracestate"] == "vendor=1"


def test_a_trace_that_its_caller_does_not_report_is_not_reported_here(tmp_path, collector):
    with Gateway(tmp_path, adapters=SIM, config=traced(collector)) as gateway:
        gateway.wait_ready()
        trace, caller = ids()
        patch(gateway, 1, traceparent=f"00-{trace}-{caller}-00")
        gateway.get(V1 + "/resources/sim-res-0000002?secret=in+the+query")
    assert not collector.find(trace)
    read, = collector.find(name="GET /o2ims/v1/resources/{id}")
    assert read.parent is None and "secret" not in str(read.raw)


def test_a_wrong_traceparent_is_passed_over(tmp_path, collector):
    trace, caller = ids()
    with Gateway(tmp_path, adapters=SIM, config=traced(collector)) as gateway:
        gateway.wait_ready()
        wrong = [f"00-{trace}-{caller}", f"ff-{trace}-{caller}-01", f"00-{trace.upper()}-{caller}-01", "x",
                 f"00-{trace}-{'0' * 16}-01", f"00-{trace}-{caller}-01-more"]
        for traceparent in wrong:
            assert gateway.get(V1 + "/resourcePools", traceparent=traceparent, tracestate="a=1").status == 200
    spans = collector.find(name="GET /o2ims/v1/resourcePools")
    assert len(spans) == len(wrong)
    assert all(span.trace != trace and span.parent is None and "traceState" not in span.raw for span in spans)


def test_each_attempt_to_deliver_is_a_span(tmp_path, collector, sink):
    config = traced(collector) | {"subscriptions": {"backoff": "5ms", "max_backoff": "20ms"}}
    with Gateway(tmp_path, adapters=SIM, config=config) as gateway:
        gateway.wait_ready()
        subscribe(gateway, sink, eventTypes=["ResourceUpdated"])
        sink.answers = [503]
        patch(gateway, 1)
        sink.wait(1)
        _, headers, body = sink.received[0]
        trace = body["notificationId"].replace("-", "")
        failed, accepted = collector.wait(trace, "deliver notification", 2)
        assert headers["traceparent"] == f"00-{trace}-{accepted.id}-01"
        assert failed.raw["status"]["code"] == 2 and failed.attributes["http.response.status_code"] == 503
        assert "status" not in accepted.raw and accepted.attributes["netweave.event_type"] == "ResourceUpdated"


def test_no_rate_reports_nothing_of_its_own_and_what_callers_report(tmp_path, collector):
    with Gateway(tmp_path, adapters=SIM, config=traced(collector, sampling_rate=0, service_name="north")) as gateway:
        gateway.wait_ready()
        trace, caller = ids()
        patch(gateway, 1)
        patch(gateway, 2, traceparent=f"00-{trace}-{caller}-01")
    assert {span.trace for span in collector.spans} == {trace}
    assert {span.service["service.name"] for span in collector.spans} == {"north"}


def test_a_collector_that_is_busy_gets_the_spans_later(tmp_path, collector):
    collector.answers = [503]
    with Gateway(tmp_path, adapters=SIM, config=traced(collector)) as gateway:
        gateway.wait_ready()
        trace, caller = ids()
        gateway.get(V1 + "/resourcePools", traceparent=f"00-{trace}-{caller}-01")
        collector.wait(trace)
        wait_until(lambda: metric(gateway, 'netweave_trace_spans_total{result="exported"}'), "they are counted")
    assert gateway.log.read_text().count("spans can't be sent") == 1


def test_a_collector_that_is_not_there_holds_nobody_up(tmp_path):
    with Collector() as gone:
        endpoint = gone.url
    tracing = {"enabled": True, "endpoint": endpoint, "sampling_rate": 1}
    with Gateway(tmp_path, adapters=SIM, config={"observability": {"tracing": tracing}}) as gateway:
        gateway.wait_ready()
        for number in range(20):
            patch(gateway, number)
        assert metric(gateway, 'netweave_trace_spans_total{result="exported"}') == 0
        assert gateway.stop() == 0
    assert gateway.log.read_text().count("spans can't be sent") <= 1


def test_without_tracing_every_request_has_a_trace_id_and_no_span_is_made(tmp_path, engine):
    logging = {"observability": {"logging": {"level": "debug", "format": "json"}}}
    with Gateway(tmp_path, engine=engine, adapters=SIM, config=logging) as gateway:
        gateway.wait_ready()
        trace, caller = ids()
        gateway.get(V1 + "/resourcePools", traceparent=f"00-{trace}-{caller}-00")
        gateway.get(V1 + "/resourcePools")
        assert "netweave_trace_spans_total" not in gateway.get("/metrics").body.decode()
    lines = [line["trace_id"] for line in requests(gateway) if line["route"] == "/o2ims/v1/resourcePools"]
    assert lines[0] == trace and len(lines) == 2 and len(lines[1]) == 32 and lines[1] != trace


def test_the_collectors_own_receiver_understands_the_spans(tmp_path):
    with otel.Receiver() as receiver:
        with Gateway(tmp_path, adapters=SIM, config=traced(receiver)) as gateway:
            gateway.wait_ready()
            trace, caller = ids()
            patch(gateway, 1, traceparent=f"00-{trace}-{caller}-01", tracestate="vendor=1")
            gateway.get(V1 + "/none", traceparent=f"00-{trace}-{caller}-01")
            spans = receiver.spans(5, trace)
            assert metric(gateway, 'netweave_trace_spans_total{result="rejected"}') == 0
        assert gateway.log.read_text().count("spans can't be sent") == 0
    by_name = {span["name"]: span for span in spans}
    assert set(by_name) == {"PATCH /o2ims/v1/resources/{id}", "adapter update_resource", "store commit", "GET"}
    request, adapter = by_name["PATCH /o2ims/v1/resources/{id}"], by_name["adapter update_resource"]
    assert request["parentSpanId"] == caller and request["traceState"] == "vendor=1" and request["kind"] == 2
    assert adapter["parentSpanId"] == request["spanId"] and adapter["kind"] == 3
    assert {"key": "http.response.status_code", "value": {"intValue": "200"}} in request["attributes"]
    assert request["service"]["service.name"] == "netweave"
    assert int(request["startTimeUnixNano"]) <= int(adapter["startTimeUnixNano"]) < int(request["endTimeUnixNano"])

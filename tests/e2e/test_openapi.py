"""The OpenAPI document as it is served, and the gateway held to it by a tester that reads nothing else."""

import gzip
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from gateway import Gateway

SEED = 20261125
EXAMPLES = 10  # of each operation, in each phase


def test_both_forms_are_the_same_document(simulated):
    as_json = simulated.get("/openapi.json")
    as_yaml = simulated.get("/openapi.yaml")
    assert as_json.headers["content-type"] == "application/json"
    assert as_yaml.headers["content-type"] == "application/yaml"
    document = as_json.json
    assert yaml.safe_load(as_yaml.body) == document
    assert document["openapi"] == "3.0.3" and "/o2ims/v1/resources/{id}" in document["paths"]


def test_the_document_has_this_gateways_limits(tmp_path):
    config = {"query": {"default_limit": 5, "max_limit": 7}, "observability": {"metrics": {"path": "/numbers"}}}
    with Gateway(tmp_path, config=config) as gateway:
        document = gateway.get("/openapi.json").json
        limit = document["components"]["parameters"]["Limit"]["schema"]
        assert (limit["default"], limit["maximum"]) == (5, 7)
        assert "/numbers" in document["paths"] and "/metrics" not in document["paths"]
        assert gateway.get("/numbers").status == 200 and gateway.get("/metrics").status == 404


@pytest.mark.parametrize("path", ["/openapi.json", "/openapi.yaml", "/docs/", "/docs/swagger-ui-bundle.js",
                                  "/docs/swagger-ui.css", "/docs/favicon-32x32.png", "/docs/start.js", "/docs/page.css"])
def test_documents_are_compressed_for_who_takes_that_and_cached(simulated, path):
    plain = simulated.get(path)
    assert plain.status == 200 and "content-encoding" not in plain.headers
    for accepted in ("gzip", "br, GZIP;q=0.5", "gzip;q=0.001"):
        packed = simulated.get(path, **{"Accept-Encoding": accepted})
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
    for refused in ("identity", "gzip;q=0", "gzip;q=0.0", "br"):
        assert "content-encoding" not in simulated.get(path, **{"Accept-Encoding": refused}).headers
    assert packed.headers["etag"] == plain.headers["etag"] and plain.headers["vary"] == "Accept-Encoding"
    again = simulated.get(path, **{"If-None-Match": plain.headers["etag"]})
    assert again.status == 304 and again.body == b""
    head = simulated.request("HEAD", path)
    assert head.body == b"" and head.headers["content-length"] == str(len(plain.body))


def test_the_page_runs_no_script_but_its_own_files(simulated):
    policy = simulated.get("/docs/").headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["script-src"] == "'self'" and rules["default-src"] == "'none'" and rules["connect-src"] == "'self'"
    kept = simulated.get("/docs/swagger-ui-bundle.js?v=1").headers["cache-control"]
    assert "immutable" in kept and "max-age=31536000" in kept
    assert simulated.get("/docs/").headers["cache-control"] == "no-cache"
    moved = simulated.get("/docs")
    assert moved.status == 308 and moved.headers["location"] == "/docs/"
    assert simulated.get("/docs/nothing.js").status == 404


def test_a_query_that_is_wrong_and_too_long_is_a_414(simulated):
    answer = simulated.get("/o2ims/v3/resourcePools?sort=&location=" + 10000 * "x")
    assert answer.status == 414 and answer.headers["content-type"] == "application/problem+json"
    refusal = simulated.get("/openapi.json").json["paths"]["/o2ims/v3/resourcePools"]["get"]["responses"]["414"]
    assert refusal, "the document has it"


def test_a_key_gets_its_first_answer_though_the_object_is_gone(simulated):
    """What the tester is told to leave out of its chains: see schemathesis_hooks.py."""
    first = simulated.post("/o2ims/v3/tenants", {"name": "a"}, {"Idempotency-Key": "k"})
    assert first.status == 201
    path = first.headers["location"]
    assert simulated.request("DELETE", path).status == 204
    again = simulated.post("/o2ims/v3/tenants", {"name": "a"}, {"Idempotency-Key": "k"})
    assert (again.status, again.json, again.headers["location"]) == (201, first.json, path)
    assert simulated.get(path).status == simulated.get(path + "/quotas").status == 404


def without_streams(document):
    """The tester reads an answer to its end, which theirs have not: test_streams.py sees to them."""
    for path in [path for path in document["paths"] if path.endswith("/events")]:
        del document["paths"][path]
    for item in document["paths"].values():
        for operation in item.values():
            operation["parameters"] = [one for one in operation.get("parameters", [])
                                       if not re.search("/(Watch|Revision|TimeoutSeconds)V[0-9]$", one.get("$ref", ""))]
    return document


def test_an_api_tester_finds_nothing(tmp_path):
    """Schemathesis: random requests, good and bad, made from the document alone, and chains of them.

    What it holds each answer to: no 5xx, a status, a media type, headers and a body that the document has; what breaks
    the document is refused; what was made is there, and what is deleted is gone. What is left out, and why, is in
    schemathesis.toml. NETWEAVE_TESTER_SEED tries another seed, NETWEAVE_TESTER_EXAMPLES another bound: a run is brought
    back by both together.
    """
    seed, examples = os.environ.get("NETWEAVE_TESTER_SEED", SEED), os.environ.get("NETWEAVE_TESTER_EXAMPLES", EXAMPLES)
    print(f"seed {seed}, at most {examples} examples of an operation")
    generate = {"pools": 3, "resources": 20, "resource_types": 2, "seed": 7}
    adapters = [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]
    with Gateway(tmp_path, adapters=adapters) as gateway:
        gateway.wait_ready()
        url = f"http://127.0.0.1:{gateway.port}"
        document = tmp_path / "openapi.json"
        document.write_text(json.dumps(without_streams(gateway.get("/openapi.json").json)))
        program = pathlib.Path(sys.executable).parent / "schemathesis"
        here = pathlib.Path(__file__).parent
        told = subprocess.run([program, "--config-file", here / "schemathesis.toml", "--no-color", "run",
                               document, "--url", url, "--seed", str(seed), "--max-examples", str(examples),
                               "--continue-on-failure", "--workers", "1", "--report", "ndjson",
                               "--report-ndjson-path", tmp_path / "report.ndjson"],
                              cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(here)},
                              capture_output=True, text=True, timeout=900)
        assert told.returncode == 0, told.stdout[-8000:] + told.stderr[-2000:]
        assert "Stateful" in told.stdout and gateway.process.poll() is None
        assert gateway.get("/readyz").status == 200
        assert "breaks the OpenAPI document" not in gateway.log.read_text()

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "backends"))

from gateway import Gateway  # noqa: E402
from sink import Sink  # noqa: E402


def subscribe(gateway, sink, path="/hook", **body):
    """A subscription of `sink`, whose secret the sink checks signatures with."""
    answer = gateway.post("/o2ims/v1/subscriptions", {"callback": sink.url + path, **body})
    assert answer.status == 201, answer
    sink.secrets[answer.json["subscriptionId"]] = answer.json["security"]["secret"].encode()
    return answer.json


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink
    assert not sink.bad_signatures


@pytest.fixture(params=["native", "pistache"])
def engine(request):
    return request.param


@pytest.fixture
def simulated(tmp_path, engine):
    """A gateway over a small simulator, on each engine."""
    generate = {"pools": 3, "resources": 250, "resource_types": 2, "seed": 7}
    adapters = [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]
    with Gateway(tmp_path, engine=engine, adapters=adapters) as gateway:
        yield gateway.wait_ready()

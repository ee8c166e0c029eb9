"""The pytest plugin of netweave: `o2_gateway`, `o2_client`, `o2_sink` (docs/python.md).

A module beside the package, so that pytest loads no gateway where no test asks for one.
"""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Mapping

import pytest

if TYPE_CHECKING:
    import netweave
    from netweave.testing import Sink

LEVELS = {"trace": logging.DEBUG, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING,
          "warning": logging.WARNING, "error": logging.ERROR, "critical": logging.CRITICAL}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "o2_gateway(config={}, adapters={}): laid over o2_config for this test's "
                                       "gateway; adapters are types written in Python, by name")


@pytest.fixture
def o2_config() -> Dict[str, Any]:
    """The gateway's configuration: a simulator over a store in memory. Override it for a module or a project."""
    from netweave.testing import simulator
    return simulator()


@pytest.fixture
def o2_version() -> str:
    """The API version that o2_client speaks. Override it."""
    return "v1"


@pytest.fixture
def o2_gateway(request: pytest.FixtureRequest, o2_config: Dict[str, Any]) -> Iterator[netweave.Gateway]:
    """A gateway in this process that has its first lists and serves at ``.url``, a free port of loopback.

    Its log goes to the logger "netweave", so pytest shows it with a test that failed.
    """
    import netweave
    config, adapters = copy.deepcopy(o2_config), {}
    for mark in reversed(list(request.node.iter_markers("o2_gateway"))):  # the nearest last
        given, types = _arguments(*mark.args, **mark.kwargs)
        config = _over(config, given)
        adapters.update(types)
    with netweave.Gateway(config, adapters, _log) as gateway:
        gateway.wait_synced()
        gateway.serve()
        yield gateway


@pytest.fixture
def o2_client(o2_gateway: netweave.Gateway, o2_version: str) -> Iterator[netweave.Client]:
    """A client of o2_gateway, over HTTP."""
    import netweave
    with netweave.Client(o2_gateway.url, version=o2_version) as client:
        yield client


@pytest.fixture
def o2_sink() -> Iterator[Sink]:
    """A webhook receiver on loopback. The test fails where something came that was not signed rightly.

    A test that forges says so by ``o2_sink.forged.clear()``.
    """
    from netweave.testing import Sink
    with Sink() as sink:
        yield sink
    if sink.forged:
        pytest.fail(f"o2_sink got {len(sink.forged)} notifications that were not signed by their subscription's "
                    f"secret: {[one.body[:200] for one in sink.forged[:3]]}")


def _arguments(config: Mapping[str, Any] = {}, adapters: Mapping[str, Callable[..., Any]] = {}) -> Any:
    return config, adapters


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> Dict[str, Any]:
    """Objects are merged, anything else replaces."""
    out = dict(below)
    for key, value in above.items():
        known = out.get(key)
        out[key] = _over(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return out


def _log(level: str, line: str) -> None:
    logging.getLogger("netweave").log(LEVELS.get(level, logging.INFO), "%s", line.rstrip())

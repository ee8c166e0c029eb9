"""Clocks that step, by libfaketime, which sits between one gateway and the C library's clock of the day."""

import datetime
import glob

import pytest

from checker import check
from conftest import subscribe
from fleet import Fleet, wait_agreement
from load import Load
from test_chaos import NoRedis, wait_quiet
from test_fleet import wait_told

LIBRARY = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
DAY = 24 * 3600


class SteppingClock:
    """A clock of the day that is `seconds` away from the machine's. What measures time is left alone."""

    def __init__(self, folder):
        self.file = folder / "clock"
        self.step(0)
        assert LIBRARY, "no libfaketime: scripts/setup --tests installs it"
        self.environment = {"LD_PRELOAD": LIBRARY[0], "FAKETIME_TIMESTAMP_FILE": str(self.file),
                            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def step(self, seconds):
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+}s\n")
        new.rename(self.file)


@pytest.mark.parametrize("store", ["redis", "sqlite"])
def test_a_clock_that_steps_loses_nothing(tmp_path, sink, store):
    clock = SteppingClock(tmp_path)
    if store == "redis":
        fleet = Fleet(tmp_path, 2, environments=[clock.environment, None])
    else:
        fleet = Fleet(tmp_path, 1, config={"store": {"backend": "sqlite"}}, redis=NoRedis(),
                      environments=[clock.environment])
    with fleet:
        subscribe(fleet.gateways[0], sink)
        with Load(lambda: [gateway.port for gateway in fleet.living], 6, seed=51) as load:
            for seconds in (3600, -3600, 30 * DAY, -30 * DAY, 0):
                clock.step(seconds)
                load.wait_count(load.ledger.count + 25)
        state = wait_agreement(fleet.gateways)
        wait_told(sink, load.ledger)
        wait_quiet(sink, fleet)
        told = check(load.ledger, sink.bodies(), [state])
        times = sorted(datetime.datetime.fromisoformat(body["timestamp"]) for body in told)
        assert times[-1] - times[0] > datetime.timedelta(days=50)  # the steps were felt

"""Three gateways are restarted one after the other, as an upgrade does, under load and behind a proxy."""

import http.client
import threading

from checker import check
from conftest import subscribe
from fleet import V1, Fleet, wait_agreement
from load import Load
from proxy import Proxy
from test_chaos import wait_quiet
from test_fleet import wait_told


class Reader:
    """Reads lists without a pause until it is stopped; what was not a 200 it keeps."""

    def __init__(self, port):
        self.port = port
        self.count = 0
        self.failures = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _work(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self._stopping.wait(0.005):
            connection.request("GET", f"{V1}/resources?limit=3")
            response = connection.getresponse()
            if len(response.read()) == 0 or response.status != 200:
                self.failures.append(response.status)
            self.count += 1
        connection.close()


def test_a_rolling_restart_fails_no_request_and_loses_no_event(tmp_path, sink):
    # leases are handed over, not waited for: their time is longer than the whole test
    config = {"store": {"lease_ttl": "60s"}}
    with Fleet(tmp_path, 3, 9, config=config) as fleet:
        ports = [gateway.port for gateway in fleet.gateways]
        with Proxy(lambda: list(ports)) as proxy:
            for number in range(6):
                subscribe(fleet.gateways[number % 3], sink, f"/{number}")
            with Load(lambda: [proxy.port], 9, seed=31, pace=0.005, patient=False) as load, Reader(proxy.port) as reader:
                load.wait_count(30)
                for turn in range(2):
                    for number, gateway in enumerate(fleet.gateways):
                        assert gateway.stop() == 0
                        load.wait_count(load.ledger.count + 10)
                        gateway.start().wait_ready()
                        ports[number] = gateway.port
                        load.wait_count(load.ledger.count + 10)
            assert not reader.failures and reader.count > 10
            assert proxy.passed_on  # the proxy had something to do
        state = wait_agreement(fleet.gateways)
        for number in range(6):
            wait_told(sink, load.ledger, f"/{number}")
        wait_quiet(sink, fleet)
        for number in range(6):
            bodies = sink.bodies(f"/{number}")
            # who stops has half a second for what is under way: a receiver that answers is told nothing twice
            assert len(check(load.ledger, bodies, [state])) == len(bodies)

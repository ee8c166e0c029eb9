"""Writers that don't give up: what was not acknowledged is asked again, of any gateway. Standard library only."""

import http.client
import json
import random
import threading
import time

from checker import Ledger
from gateway import Answer
from fleet import V1

PATCH = {"Content-Type": "application/merge-patch+json"}
AGAIN = (404, 409, 429, 500, 502, 503, 504)


class Load:
    """Each writer owns some nodes and makes pools. `ports` gives where gateways are to be asked at present. With
    `patient=False` the first refusal, or answer that did not come, ends it."""

    def __init__(self, ports, nodes, seed, writers=3, pace=0.0, patient=True):
        self.ports = ports
        self.ledger = Ledger()
        self.seed = seed
        self.pace = pace
        self.patient = patient
        self.failures = []  # (status or exception) that were not patient's to repeat
        self.repeated = 0
        self.stopping = threading.Event()
        self.nodes = [f"edge-node-node-{number:02}" for number in range(nodes)]
        self.threads = [threading.Thread(target=self._work, args=(number, writers), daemon=True)
                        for number in range(writers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)
            assert not thread.is_alive(), "a writer got no answer"
        assert not self.failures, self.failures[:5]

    def wait_count(self, count, seconds=120):
        """Until so many writes were acknowledged since the beginning."""
        end = time.monotonic() + seconds
        while self.ledger.count < count:
            assert not self.failures, self.failures[:5]
            assert time.monotonic() < end, f"{self.ledger.count} of {count} writes"
            time.sleep(0.002)

    def _work(self, number, writers):
        choice = random.Random(self.seed * 1000 + number)
        own = self.nodes[number::writers]
        pools, turn = [], 0
        while not self.stopping.is_set():
            turn += 1
            value = f"{number}.{turn}"
            what = choice.random()
            if what < 0.1 and len(pools) < 20:
                name = f"pool-{number}-{turn}"
                made = self._until(choice, "POST", f"{V1}/resourcePools",
                                   {"resourcePoolId": name, "name": name, "description": value}, (201,),
                                   {"Idempotency-Key": f"{self.seed}-{name}"}, "ResourcePool", name, value)
                if made:
                    pools.append(name)
            elif what < 0.4 and pools and self.patient:  # another gateway may show a pool a moment after one made it
                name = choice.choice(pools)
                self._until(choice, "PATCH", f"{V1}/resourcePools/{name}", {"description": value}, (200,), PATCH,
                            "ResourcePool", name, value)
            else:
                name = choice.choice(own)
                self._until(choice, "PATCH", f"{V1}/resources/{name}", {"description": value}, (200,), PATCH,
                            "Resource", name, value)
            if self.pace:
                time.sleep(self.pace)

    def _until(self, choice, method, path, body, good, headers, kind, name, value):
        self.ledger.ask(kind, name, value)
        end = time.monotonic() + 90
        while True:
            outcome = self._once(choice, method, path, body, headers)
            if getattr(outcome, "status", None) in good:
                self.ledger.acknowledge(kind, name, value)
                return True
            final = isinstance(outcome, Answer) and outcome.status not in AGAIN
            if final or not self.patient or time.monotonic() > end:
                self.failures.append((method, path, outcome))
                self.stopping.set()
                return False
            self.repeated += 1
            time.sleep(0.02)

    def _once(self, choice, method, path, body, headers):
        ports = self.ports()
        if not ports:
            return None
        connection = http.client.HTTPConnection("127.0.0.1", choice.choice(ports), timeout=30)
        try:
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json", **headers})
            return Answer(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            return error
        finally:
            connection.close()

"""Changes as Python reads them, from several threads."""

import threading

import pytest

import netweave

POOLS = "/o2ims/v1/resourcePools"


def make(gateway, name):
    answer = gateway.post(POOLS, {"name": name, "resourcePoolId": name})
    assert answer.status == 201, answer
    return answer.json()


def test_tells_what_happened_from_the_call_on(gateway):
    make(gateway, "before")
    events = gateway.events(timeout=60)
    make(gateway, "one")
    gateway.patch(POOLS + "/one", {"description": "new"})
    gateway.delete(POOLS + "/one")
    created, changed, gone = (next(events) for _ in range(3))
    assert [e.event_type for e in (created, changed, gone)] == [
        "ResourcePoolCreated", "ResourcePoolUpdated", "ResourcePoolDeleted"]
    assert (created.kind, created.id, created.prior_state) == ("resourcePool", "one", None)
    assert changed.object["description"] == "new" and "description" not in changed.prior_state
    assert gone.object["resourcePoolId"] == "one"
    assert created.timestamp.endswith("Z")


def test_goes_on_after_a_revision(gateway):
    events = gateway.events(timeout=60)
    make(gateway, "one")
    make(gateway, "two")
    first = next(events)
    assert next(gateway.events(after=first.revision, timeout=60)).id == "two"
    with pytest.raises(netweave.InvalidError):
        gateway.events(after="nonsense")
    with pytest.raises(netweave.NotFoundError):
        gateway.events(after="0.1")


def test_ends_when_nothing_comes_in_time(gateway):
    assert list(gateway.events(timeout=0)) == []
    assert gateway.events().next(0.01) is None


def test_a_waiting_reader_lets_other_threads_run_and_sees_what_they_do(gateway):
    """The reader waits with no end: it gets its event only if the main thread runs meanwhile."""
    seen, waiting = [], threading.Event()

    def read():
        events = gateway.events()
        waiting.set()
        seen.append(next(events))

    reader = threading.Thread(target=read)
    reader.start()
    assert waiting.wait(60)
    make(gateway, "made-meanwhile")
    reader.join(60)
    assert not reader.is_alive()
    assert seen[0].id == "made-meanwhile"


def test_a_stop_ends_every_iteration(log):
    gateway = netweave.Gateway({"store": {"backend": "memory"}}, logger=log)
    gateway.start()
    gateway.wait_synced(60)
    events = [gateway.events() for _ in range(4)]
    readers = [threading.Thread(target=list, args=(one,)) for one in events]
    for reader in readers:
        reader.start()
    gateway.stop()
    for reader in readers:
        reader.join(60)
        assert not reader.is_alive()
    assert list(events[0]) == []


def test_every_reader_sees_every_event_in_order(gateway):
    count, results = 20, []

    def read(events):
        results.append([next(events).id for _ in range(count)])

    readers = [threading.Thread(target=read, args=(gateway.events(timeout=60),)) for _ in range(3)]
    for reader in readers:
        reader.start()
    names = [f"pool-{number}" for number in range(count)]
    for name in names:
        make(gateway, name)
    for reader in readers:
        reader.join(120)
    assert results == [names] * 3

"""Events and watches as Python reads them: in the process, over HTTP, and over connections that break off."""

import pytest

import netweave
from conftest import Scripted, problem

EVENTS = {"Content-Type": "text/event-stream"}
LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(params=["embedded", "http"])
def second(request, gateway):
    """A client of v2: without a socket, and with one."""
    with netweave.Client(gateway if request.param == "embedded" else gateway.serve(), version="v2") as made:
        yield made


def test_events_go_on_behind_a_revision(second):
    place = second.resource_pools.list(limit=1).revision
    assert place
    second.resource_pools.create({"resourcePoolId": "one", "name": "One"})
    second.resource_pools.patch("one", {"name": "Two"})
    second.resource_pools.delete("one")
    events = second.events(after=place, event_types=["ResourcePoolCreated", "ResourcePoolUpdated", "ResourcePoolDeleted"])
    created, changed, gone = (next(events) for _ in range(3))
    assert [e.event_type for e in (created, changed, gone)] == [
        "ResourcePoolCreated", "ResourcePoolUpdated", "ResourcePoolDeleted"]
    assert (created.kind, created.id, created.prior_state) == ("resourcePool", "one", None)
    assert (changed.prior_state["name"], changed.object["name"]) == ("One", "Two")
    assert events.revision == gone.revision
    assert next(second.events(after=created.revision)) == changed
    events.close()
    assert list(events) == []


def test_a_watch_of_a_list(second):
    place = second.resource_pools.list(limit=1).revision
    watch = second.watch(second.resource_pools, netweave.field("name") == "In", revision=place)
    second.resource_pools.create({"resourcePoolId": "one", "name": "Out"})
    for name in ("In", "Out"):
        second.resource_pools.patch("one", {"name": name})
    entered, left = next(watch), next(watch)
    assert (entered.type, entered.object.resource_pool_id, entered.object.name) == ("ADDED", "one", "In")
    assert (left.type, left.object.name) == ("DELETED", "In")
    assert isinstance(left.object, netweave.ResourcePool) and watch.revision == left.revision


def test_a_stream_lasts_as_long_as_it_is_told_to(second):
    assert list(second.events(seconds=0.5)) == []
    assert list(second.watch(second.resources, seconds=0.5)) == []


def test_a_place_that_is_gone_or_none(second):
    for stream in (second.events(after="00000000.1"), second.watch(second.resources, revision="00000000.1")):
        with pytest.raises(netweave.GoneError) as raised:
            next(stream)
        assert raised.value.status == 410
    with pytest.raises(netweave.InvalidError):
        next(second.events(after="nonsense"))


def test_v1_has_none(gateway):
    client = netweave.Client(gateway)
    with pytest.raises(ValueError, match="v2"):
        client.events()
    with pytest.raises(ValueError, match="v2"):
        client.watch(client.resources)


def told(number, rest="\n"):
    data = f'{{"eventType":"ResourcePoolUpdated","resourcePool":{{"resourcePoolId":"p{number}"}},"timestamp":"t"}}'
    return f"id: e.{number}\nevent: ResourcePoolUpdated\ndata: {data}\n{rest}".encode()


def test_a_lost_connection_is_made_again_behind_the_last_whole_event():
    begun = b"retry: 1000\nid: e.0\n\n"
    answers = [(200, EVENTS, begun + told(1) + told(2, rest="")),  # the second is not whole
               None, problem(503, "BackendUnavailable", headers={"Retry-After": "7"}),
               (200, EVENTS, b"id: e.1\n\n" + told(2) + b": ends: stopping\nid: e.3\n\n"),
               (200, EVENTS, told(4))]
    waits = []
    with Scripted(*answers) as server:
        client = netweave.Client(server.url, version="v2", retry=netweave.Retry(sleep=waits.append))
        events = client.events()
        assert [next(events).id for _ in range(3)] == ["p1", "p2", "p4"]
        asked = [headers.get("Last-Event-ID") for _, _, headers, _ in server.requests]
    assert asked == [None, "e.1", "e.1", "e.1", "e.3"]
    assert 7.0 in waits


def test_a_watch_reconnects_and_tells_what_is_gone():
    def line(type, revision, object="{}"):
        return f'{{"type":"{type}","object":{object},"revision":"{revision}"}}\n'.encode()

    pool = '{"resourcePoolId":"p","name":"P","oCloudId":"o"}'
    stopping = '{"type":"about:blank","title":"BackendUnavailable","status":503,"detail":"stops"}'
    gone = '{"type":"about:blank","title":"Gone","status":410,"detail":"list again"}'
    answers = [(200, LINES, line("BOOKMARK", "e.1") + line("ERROR", "e.2", stopping)),
               (200, LINES, line("ADDED", "e.3", pool)),
               (200, LINES, line("ERROR", "e.3", gone))]
    with Scripted(*answers) as server:
        client = netweave.Client(server.url, version="v2", retry=netweave.Retry(sleep=lambda seconds: None))
        watch = client.watch(client.resource_pools, resource_pool_id="p")
        assert next(watch).object.name == "P"
        with pytest.raises(netweave.GoneError, match="list again"):
            next(watch)
        paths = [path for _, path, _, _ in server.requests]
    assert paths == [f"/o2ims/v2/resourcePools?resourcePoolId=p&watch=true{place}"
                     for place in ("", "&revision=e.2", "&revision=e.3")]


def test_it_gives_up_after_so_many_attempts_in_a_row():
    with Scripted(None, None, None, None) as server:
        client = netweave.Client(server.url, version="v2", retry=netweave.Retry(attempts=3, sleep=lambda seconds: None))
        with pytest.raises(netweave.UnavailableError):
            next(client.events())
        assert len(server.requests) == 3


def test_a_gateway_s_own_answers_that_go_on(gateway):
    response, pieces = gateway.stream("GET", "/o2ims/v2/events?timeoutSeconds=1")
    assert response.status == 200 and response.headers["Content-Type"] == "text/event-stream"
    assert pieces.next(60).startswith(b"retry: 1000\nid: ")
    assert pieces.next(0) == b""
    assert pieces.next(60).startswith(b": ends: time\n")
    assert pieces.next(60) is None and pieces.next(60) is None
    response, pieces = gateway.stream("GET", "/o2ims/v2/events?nothing=1")
    assert response.status == 400 and pieces is None and response.problem.invalid_params
    with pytest.raises(netweave.UnimplementedError):
        gateway.get("/o2ims/v2/events")

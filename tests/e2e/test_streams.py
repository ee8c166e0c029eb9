"""Event streams and watches over real sockets, on both engines."""

import contextlib
import http.client
import resource
import selectors
import signal
import socket
import threading
import time

import pytest

from gateway import Gateway, wait_until
from streams import Events, Watch

V2 = "/o2ims/v2"
POOLS = V2 + "/resourcePools"


def simulator(pools=2, resources=10):
    generate = {"pools": pools, "resources": resources, "resource_types": 2, "seed": 7}
    return [{"name": "sim", "type": "simulator", "config": {"generate": generate}}]


@contextlib.contextmanager
def gateway(folder, engine, **config):
    with Gateway(folder, engine=engine, adapters=simulator(), config=config) as program:
        yield program.wait_ready()


def describe(gateway, text, pool="sim-pool-0000", **members):
    answer = gateway.request("PATCH", f"{POOLS}/{pool}", {"description": text, **members},
                             {"Content-Type": "application/merge-patch+json"})
    assert answer.status == 200, answer
    return answer


def number(revision):
    """Its order. A write is more entries than the one that is told: what the stream is told of may stand between."""
    return int(revision.rpartition(".")[2])


def make(gateway, pool, **members):
    answer = gateway.post(POOLS, {"resourcePoolId": pool, "name": pool, **members})
    assert answer.status == 201, answer
    return answer


def revision_of(answer):
    """The ETag of an object is its revision."""
    return answer.headers["etag"].strip('"')


def descriptions(events):
    return [data["resourcePool"]["description"] for _, _, data in events]


# Server-Sent Events

def test_events_are_told_as_they_happen(simulated):
    with Events(simulated.port) as events:
        assert events.status == 200 and events.headers["content-type"] == "text/event-stream"
        assert events.headers["cache-control"] == "no-store" and events.headers["x-request-id"]
        began = events.bookmark()
        assert began == events.headers["x-netweave-revision"]
        made = make(simulated, "new", description="first")
        changed = describe(simulated, "second", "new")
        assert simulated.request("DELETE", POOLS + "/new").status == 204
        told = events.take(3)
        assert [kind for _, kind, _ in told] == ["ResourcePoolCreated", "ResourcePoolUpdated", "ResourcePoolDeleted"]
        assert [id for id, _, _ in told[:2]] == [revision_of(made), revision_of(changed)]
        created, updated, deleted = (data for _, _, data in told)
        assert created == {"eventType": "ResourcePoolCreated", "resourcePool": made.json,
                           "timestamp": created["timestamp"]}
        assert updated["priorState"] == made.json and updated["resourcePool"] == changed.json
        assert deleted["priorState"] == changed.json


def test_a_stream_goes_on_behind_the_last_event_id(simulated):
    with Events(simulated.port) as events:
        for text in "abc":
            describe(simulated, text)
        first, second, third = events.take(3)
    with Events(simulated.port, last_id=first[0]) as again:
        assert again.take(2) == [second, third]
    with Events(simulated.port, f"{V2}/events?fromRevision={second[0]}") as again:
        assert again.next() == third
    # what an EventSource sends that began with fromRevision, and reconnects
    with Events(simulated.port, f"{V2}/events?fromRevision={first[0]}", last_id=second[0]) as again:
        assert again.next() == third


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_filters_narrow_a_stream_to_what_matched_before_or_after(simulated, version):
    def only(query):
        return Events(simulated.port, f"/o2ims/{version}/events?{query}&timeoutSeconds=60")

    with only("eventTypes=ResourcePoolDeleted") as deleted, only("resourcePoolId=b") as by_id, \
            only("description[eq]=in") as by_value, only("labels=role:du") as by_label:
        for one in (deleted, by_id, by_value, by_label):
            one.bookmark()
        make(simulated, "a", description="in", extensions={"labels": {"role": "du"}})
        make(simulated, "b", description="out")
        describe(simulated, "out", "a")
        describe(simulated, "in", "b")
        assert simulated.request("DELETE", POOLS + "/a").status == 204
        assert simulated.request("DELETE", POOLS + "/b").status == 204

        def told(stream, count):
            return [(kind.removeprefix("ResourcePool"), data["resourcePool"]["resourcePoolId"])
                    for _, kind, data in stream.take(count)]

        assert told(deleted, 2) == [("Deleted", "a"), ("Deleted", "b")]
        assert told(by_id, 3) == [("Created", "b"), ("Updated", "b"), ("Deleted", "b")]
        # the true type, whichever state matched: `a` leaves by an Updated, `b` comes by one
        assert told(by_value, 4) == [("Created", "a"), ("Updated", "a"), ("Updated", "b"), ("Deleted", "b")]
        assert told(by_label, 3) == [("Created", "a"), ("Updated", "a"), ("Deleted", "a")]


@pytest.mark.parametrize("query, named, word", [
    ("eventTypes=Nothing", "eventTypes", "no event type"),
    ("nothing=1", "nothing", "no such parameter"),
    ("nothing[eq]=1", "nothing[eq]", "no field"),
    ("limit=3", "limit", ""),
    ("location=us", "location", "resourcePoolId"),
    ("resourceClass=compute", "resourceClass", "resourceTypeId"),
    ("timeoutSeconds=0", "timeoutSeconds", "from 1"),
    ("labels=x", "labels", "key:value"),
])
def test_what_a_stream_cannot_be_asked(simulated, query, named, word):
    answer = simulated.get(f"{V2}/events?{query}")
    assert answer.status == 400, answer
    assert [(fault["name"], word in fault["reason"]) for fault in answer.json["invalidParams"]] == [(named, True)]


def test_a_kind_whose_list_does_not_know_a_parameter_is_left_out(simulated):
    with Events(simulated.port, f"{V2}/events?location=us&eventTypes=ResourcePoolUpdated,ResourcePoolCreated") as events:
        events.bookmark()
        make(simulated, "here", location="us-west")
        make(simulated, "there", location="eu")
        describe(simulated, "x", "here")
        assert [data["resourcePool"]["resourcePoolId"] for _, _, data in events.take(2)] == ["here", "here"]


@pytest.mark.parametrize("place", ["nonsense", "1", ".5", "a.b"])
def test_a_place_that_is_none(simulated, place):
    for answer in (simulated.get(V2 + "/events", **{"Last-Event-ID": place}),
                   simulated.get(f"{POOLS}?watch=true&revision={place}")):
        assert answer.status == 400 and answer.json["title"] == "BadRequest", answer


def test_a_place_in_another_history_is_gone_and_one_that_is_not_there_yet_is_wrong(simulated):
    epoch, _, _ = simulated.request("HEAD", POOLS).headers["x-netweave-revision"].partition(".")
    for query in ("fromRevision", "revision"):
        path = f"{V2}/events?" if query == "fromRevision" else f"{POOLS}?watch=true&"
        gone = simulated.get(f"{path}{query}=00000000.5")
        assert gone.status == 410 and gone.json["title"] == "Gone", gone
        assert gone.json["oldestRevision"].startswith(epoch + ".") and gone.json["instance"]
        later = simulated.get(f"{path}{query}={epoch}.999999999")
        assert later.status == 400 and "after the log's end" in later.json["detail"]


def test_methods_of_a_stream_and_of_a_watch(simulated):
    for path, kind in ((V2 + "/events", "text/event-stream"), (POOLS + "?watch=true", "application/x-ndjson")):
        head = simulated.request("HEAD", path)
        assert head.status == 200 and head.body == b"" and head.headers["content-type"] == kind
        assert head.headers["x-netweave-revision"]
        options = simulated.request("OPTIONS", path)
        assert options.status == 204 and "GET, HEAD" in options.headers["allow"]
    wrong = simulated.request("POST", V2 + "/events")
    assert wrong.status == 405 and wrong.headers["allow"] == "GET, HEAD, OPTIONS"
    assert simulated.request("HEAD", V2 + "/events?nothing=1").status == 400
    assert simulated.get("/o2ims/v1/events").status == 404
    assert simulated.get("/o2ims/v1/resourcePools?watch=true").status == 400


def test_an_http_1_0_client_reads_until_the_connection_ends(simulated):
    with socket.create_connection(("127.0.0.1", simulated.port), 60) as client:
        client.sendall(f"GET {V2}/events?timeoutSeconds=1 HTTP/1.0\r\n\r\n".encode())
        text = b""
        while piece := client.recv(65536):
            text += piece
    head, _, body = text.decode().partition("\r\n\r\n")
    assert "transfer-encoding" not in head.lower() and "connection: close" in head.lower()
    assert body.startswith("retry: 1000\nid: ") and ": ends: time\nid: " in body and body.endswith("\n\n")


# watches

def test_a_watch_goes_on_from_a_list(simulated):
    listed = simulated.get(POOLS)
    revision = listed.headers["x-netweave-revision"]
    again = simulated.get(POOLS, **{"If-None-Match": listed.headers["etag"]})
    assert again.status == 304 and again.headers["x-netweave-revision"]
    made = make(simulated, "new")
    with Watch(simulated.port, POOLS, revision) as watch:
        assert watch.headers["content-type"] == "application/x-ndjson"
        first = watch.next(bookmarks=True)
        assert first == {"type": "BOOKMARK", "object": {}, "revision": revision}
        assert watch.next() == {"type": "ADDED", "object": made.json, "revision": revision_of(made)}
        changed = describe(simulated, "x", "new")
        assert watch.next() == {"type": "MODIFIED", "object": changed.json, "revision": revision_of(changed)}
        assert simulated.request("DELETE", POOLS + "/new").status == 204
        gone = watch.next()
        assert (gone["type"], gone["object"]) == ("DELETED", changed.json)


def test_entering_a_filter_is_added_and_leaving_it_deleted(simulated):
    with Watch(simulated.port, POOLS + "?description[contains]=in") as watch:
        watch.next(bookmarks=True)
        make(simulated, "p", description="out")
        make(simulated, "q", description="other")
        entered = describe(simulated, "in", "p").json
        still = describe(simulated, "in again", "p").json
        describe(simulated, "out", "p")
        describe(simulated, "in", "p")
        simulated.request("DELETE", POOLS + "/p")
        changes = [watch.next() for _ in range(5)]
        assert [(c["type"], c["object"]["description"]) for c in changes] == [
            ("ADDED", "in"), ("MODIFIED", "in again"), ("DELETED", "in again"), ("ADDED", "in"), ("DELETED", "in")]
        assert changes[0]["object"] == entered and changes[1]["object"] == changes[2]["object"] == still


@pytest.mark.parametrize("kind, id", [
    ("deploymentManagers", "deploymentManagerId"), ("resourcePools", "resourcePoolId"), ("resources", "resourceId"),
    ("resourceTypes", "resourceTypeId"), ("resourcePools/sim-pool-0000/resources", "resourceId")])
def test_every_list_of_the_inventory_can_be_watched(tmp_path, engine, kind, id):
    """From the log's beginning, a watch adds up to the list."""
    with gateway(tmp_path, engine) as program:
        listed = program.get(f"{V2}/{kind}?limit=1000")
        epoch = listed.headers["x-netweave-revision"].partition(".")[0]
        there = {}
        with Watch(program.port, f"{V2}/{kind}?timeoutSeconds=1", f"{epoch}.0") as watch:
            while change := watch.next():
                assert change["type"] in ("ADDED", "MODIFIED")
                there[change["object"][id]] = change["object"]
        assert there == {item[id]: item for item in listed.json["items"]}


def test_subscriptions_and_tenants_can_be_watched_and_v3_shows_whose_they_are(simulated):
    with Watch(simulated.port, "/o2ims/v3/subscriptions") as subscriptions, \
            Watch(simulated.port, "/o2ims/v3/tenants?fields=name") as tenants, \
            Watch(simulated.port, "/o2ims/v3/resourcePools?tenantId[eq]=default") as pools:
        for watch in (subscriptions, tenants, pools):
            watch.next(bookmarks=True)
        made = simulated.post(V2 + "/subscriptions", {"callback": "http://127.0.0.1:9/x"})
        assert made.status == 201
        told = subscriptions.next()["object"]
        assert told["subscriptionId"] == made.json["subscriptionId"] and told["tenantId"] == "default"
        assert "security" not in told
        assert simulated.post("/o2ims/v3/tenants", {"tenantId": "t", "name": "T", "description": "d"}).status == 201
        assert tenants.next()["object"] == {"tenantId": "t", "name": "T"}
        make(simulated, "new")
        assert pools.next()["object"]["tenantId"] == "default"


@pytest.mark.parametrize("query, named", [
    ("watch=true&limit=5", "limit"), ("watch=true&sort=name", "sort"), ("watch=true&cursor=x", "cursor"),
    ("watch=yes", "watch"), ("revision=a.1", "revision"), ("timeoutSeconds=5", "timeoutSeconds"),
    ("watch=false&revision=a.1", "revision"), ("watch=true&nothing[eq]=1", "nothing[eq]")])
def test_what_a_watch_cannot_be_asked(simulated, query, named):
    answer = simulated.get(f"{POOLS}?{query}")
    assert answer.status == 400 and [fault["name"] for fault in answer.json["invalidParams"]] == [named], answer
    assert simulated.get(POOLS + "?watch=false").status == 200
    reaching = simulated.get(f"{V2}/resources?watch=true&location=us")
    assert reaching.status == 400 and "resourcePoolId" in reaching.json["detail"]


def test_a_watch_ends_after_the_time_that_it_was_asked_for(simulated):
    with Watch(simulated.port, POOLS + "?timeoutSeconds=1") as watch:
        first = watch.next(bookmarks=True)
        last = watch.next(bookmarks=True)
        assert first["type"] == last["type"] == "BOOKMARK" and watch.next(bookmarks=True) is None


# bounds

def test_a_quiet_stream_says_how_far_it_is(tmp_path, engine):
    with gateway(tmp_path, engine, streams={"bookmark_interval": "100ms"}) as program:
        with Events(program.port, V2 + "/events?eventTypes=ResourceDeleted") as events, \
                Watch(program.port, POOLS + "?name[eq]=nothing") as watch:
            place = number(revision_of(describe(program, "of no interest")))
            wait_until(lambda: number(events.bookmark()) >= place, "the stream's place moves")
            wait_until(lambda: number(watch.next(bookmarks=True)["revision"]) >= place, "the watch's place moves")


def test_one_stream_more_than_there_may_be_is_refused(tmp_path, engine):
    with gateway(tmp_path, engine, streams={"max_streams": 2}) as program:
        with Events(program.port):
            with Watch(program.port, POOLS):
                refused = program.get(V2 + "/events")
                assert refused.status == 503 and int(refused.headers["retry-after"]) > 0, refused
                assert program.get(POOLS + "?watch=true").status == 503
                assert "netweave_streams 2" in program.get("/metrics").body.decode()
            # a reader that leaves makes room
            wait_until(lambda: program.get(V2 + "/events?timeoutSeconds=1").status == 200, "room for another one")


def test_a_reader_that_is_too_slow_is_closed_and_goes_on_without_loss(tmp_path, engine):
    config = {"streams": {"buffer_bytes": 65536}, "server": {"write_timeout": "60s"}}
    with gateway(tmp_path, engine, **config) as program:
        with Events(program.port, receive_buffer=4096) as slow:
            slow.bookmark()
            wanted = []
            # more than the sockets' own buffers hold, and the gateway's bound after that
            while 'netweave_streams_ended_total{reason="slow"} 1' not in program.get("/metrics").body.decode():
                wanted.append(str(len(wanted)))
                describe(program, wanted[-1], extensions={"padding": "x" * 60000})
                assert len(wanted) < 2000
            got = []
            while event := slow.next():
                got.append(event)
            assert slow.comments == ["ends: slow"]
            last = slow.last_id
        assert 0 < len(got) < len(wanted) and got[-1][0] == last
        with Events(program.port, last_id=last) as again:
            got += again.take(len(wanted) - len(got))
        assert descriptions(got) == wanted


def fill_log(program, entries):
    """So many further entries: a subscription is two, and makes no event."""
    for _ in range(entries // 200 + 1):
        body = {"items": [{"callback": "http://127.0.0.1:9/x"}] * 100}
        assert program.post(V2 + "/batch/subscriptions", body).status == 200


def test_a_place_that_the_log_no_longer_holds_is_gone(tmp_path, engine):
    with gateway(tmp_path, engine, store={"log": {"max_entries": 1000}}) as program:
        place = revision_of(describe(program, "first"))
        fill_log(program, 1200)
        gone = wait_until(lambda: (answer := program.get(f"{V2}/events?timeoutSeconds=1", **{"Last-Event-ID": place}))
                          .status == 410 and answer, "the log is trimmed")
        assert gone.json["title"] == "Gone" and "list again" in gone.json["detail"]
        oldest = gone.json["oldestRevision"]
        assert program.get(f"{POOLS}?watch=true&timeoutSeconds=1&revision={place}").json["oldestRevision"]
        with Events(program.port, last_id=oldest) as events:
            assert events.status == 200 and events.bookmark() == oldest


# many, and the end

def test_a_thousand_streams_at_once_end_promptly_with_the_gateway(tmp_path, engine):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    clients = []
    try:
        with gateway(tmp_path, engine) as program:
            before = threads_of(program)
            for number in range(1000):
                client = socket.create_connection(("127.0.0.1", program.port), 60)
                path = f"{V2}/events" if number % 2 else f"{POOLS}?watch=true"
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                clients.append(client)
            read_until(clients, lambda text: b"\nid: " in text or b"BOOKMARK" in text)
            describe(program, "for all of you")
            read_until(clients, lambda text: b"for all of you" in text)
            assert threads_of(program) == before
            began = time.monotonic()
            assert program.stop(signal.SIGTERM) == 0
            ends = read_until(clients, lambda text: text.endswith(b"\r\n0\r\n\r\n"))
            assert all(b"ends: stopping\nid: " in text or b'"type":"ERROR"' in text for text in ends)
            assert time.monotonic() - began < 20  # shutdown_timeout is 30 s: it was not waited for
    finally:
        for client in clients:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def threads_of(program):
    with open(f"/proc/{program.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("Threads:"))


def read_until(clients, enough):
    """What each was sent, once that is enough."""
    came = {client: b"" for client in clients}
    with selectors.DefaultSelector() as ready:
        for client in clients:
            ready.register(client, selectors.EVENT_READ)
        while ready.get_map():
            found = ready.select(60)
            assert found, f"{len(ready.get_map())} were not sent it"
            for key, _ in found:
                piece = key.fileobj.recv(65536)
                assert piece, came[key.fileobj]
                came[key.fileobj] += piece
                if enough(came[key.fileobj]):
                    ready.unregister(key.fileobj)
    return list(came.values())


def test_streams_end_in_order_when_the_gateway_stops(simulated):
    with Events(simulated.port) as events, Watch(simulated.port, POOLS) as watch:
        events.bookmark(), watch.next(bookmarks=True)
        place = revision_of(describe(simulated, "last"))
        assert simulated.stop() == 0
        assert descriptions(events.take(1)) == ["last"] and events.next() is None
        assert events.comments == ["ends: stopping"] and number(events.last_id) >= number(place)
        assert watch.next()["object"]["description"] == "last"
        last = watch.next()
        assert last["type"] == "ERROR" and last["revision"] == events.last_id
        assert last["object"] == {"type": "about:blank", "title": "BackendUnavailable", "status": 503,
                                  "detail": "the gateway stops: watch again from the revision"}
        assert watch.next() is None


def test_nothing_is_lost_or_repeated_across_kill_9(tmp_path, engine):
    """A reader that reconnects with the last id that it has is told every acknowledged change once, in order."""
    program = Gateway(tmp_path, engine=engine, adapters=simulator()).start().wait_ready()
    acknowledged, told, done = [], [], threading.Event()
    place = program.request("HEAD", POOLS).headers["x-netweave-revision"]

    def read():
        last = place
        while not done.is_set():
            try:
                with Events(program.port, f"{V2}/events?eventTypes=ResourcePoolUpdated&timeoutSeconds=1", last) as events:
                    while event := events.next():
                        told.append(event)
                        last = event[0]
                    last = events.last_id
            except (OSError, ValueError, http.client.HTTPException):
                last = told[-1][0] if told else place
                time.sleep(0.01)  # nothing listens: not the test's own pace

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for round in range(4):
            for number in range(25):
                describe(program, f"{round}/{number}")
                acknowledged.append(f"{round}/{number}")
            program.kill()
            program.start()
            program.wait_ready()
        describe(program, "end")
        acknowledged.append("end")
        wait_until(lambda: told and told[-1][2]["resourcePool"]["description"] == "end", "the reader catches up")
    finally:
        done.set()
        reader.join()
        program.stop()
    assert descriptions(told) == acknowledged
    assert len({id for id, _, _ in told}) == len(told)

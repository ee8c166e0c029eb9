"""A backend written in Python, end to end."""

import threading
import time

import pytest

import netweave
from conftest import Log, Pools, Running, adapted

POOLS = "/o2ims/v1/resourcePools"


def names(gateway):
    return sorted(pool["name"] for pool in gateway.list("resourcePool"))


def test_a_pass_shows_what_it_holds():
    with Running(Pools) as running:
        assert names(running.gateway) == ["pool a", "pool b"]


def test_it_gets_its_settings():
    with Running(Pools) as running:
        settings = running.adapter.settings
        assert (settings.name, settings.type) == ("py", "python")
        assert settings.config == {"site": "ö", "depth": [1, 2.5, None]}
        assert settings.timeout == 30.0
        assert settings.user_agent.startswith("netweave/")
        settings.log("info", "heard from Python")
        assert "heard from Python" in running.log


def test_upserts_and_removals_become_events():
    with Running(Pools) as running:
        events, feed = running.gateway.events(timeout=60), running.adapter.feed
        pool = {"resourcePoolId": "py-c", "name": "pool c", "extensions": {"labels": {"zone": "1"}, "n": 2**40}}
        feed.upsert(netweave.Observed(pool, "resourcePool", uid="u1", version=5))
        feed.upsert(netweave.Observed({**pool, "name": "older"}, "resourcePool", uid="u1", version=4))
        feed.remove("resourcePool", "py-a")
        created, gone = next(events), next(events)
        assert (created.event_type, created.object["extensions"]) == ("ResourcePoolCreated", pool["extensions"])
        assert (gone.event_type, gone.id) == ("ResourcePoolDeleted", "py-a")
        # an event may be read a moment before the inventory shows it: a write's answer waits for that
        running.gateway.post(POOLS, {"name": "last"})
        assert names(running.gateway) == ["last", "pool b", "pool c"]


def test_a_pass_that_is_left_changes_nothing():
    with Running(Pools) as running:
        with running.adapter.feed.begin(["resourcePool"]) as full:
            full.add(netweave.Observed({"resourcePoolId": "py-z", "name": "z"}, "resourcePool"))
        with pytest.raises(KeyError):
            with running.adapter.feed.begin(["resourcePool"]) as full:
                raise KeyError("the list broke off")
        assert names(running.gateway) == ["pool a", "pool b"]
        with pytest.raises(netweave.CancelledError):
            full.commit()


def test_a_post_goes_through_it():
    with Running(Pools) as running:
        answer = running.gateway.post(POOLS, {"name": "new", "description": "through Python"})
        assert answer.status == 201, answer
        assert answer.json()["resourcePoolId"] == "py-new"
        assert running.adapter.pools["py-new"]["description"] == "through Python"
        assert "new" in names(running.gateway)


def test_every_write_gets_what_it_needs():
    class Editor(Pools):
        def update_resource_pool(self, pool, patch, context):
            self.seen = (pool["name"], patch, context.client_token, context.stop.requested)
            self.left = context.deadline - time.monotonic()
            self.request_id = context.request_id
            self.pools[pool["resourcePoolId"]] = pool
            return netweave.Observed(pool, "resourcePool")

        def remove_resource_pool(self, id, context):
            del self.pools[id]
            return "pending"

    with Running(Editor) as running:
        answer = running.gateway.patch(POOLS + "/py-a", {"name": "renamed"}, {"X-Request-ID": "r-1"})
        assert answer.status == 200, answer
        assert running.adapter.seen[:2] == ("renamed", {"name": "renamed"})
        assert 0 < running.adapter.left <= 30
        assert running.adapter.request_id == answer.headers["X-Request-ID"]
        assert running.gateway.delete(POOLS + "/py-a").status in (200, 202, 204)
        assert names(running.gateway) == ["pool b"]


def test_what_it_does_not_define_answers_501():
    with Running(Pools) as running:
        answer = running.gateway.delete(POOLS + "/py-a")
        assert answer.status == 501, answer
        assert running.adapter.info().capabilities == [netweave.Capability("resourcePool", "create")]


@pytest.mark.parametrize("error, status", [
    (netweave.ConflictError("taken"), 409), (netweave.DeniedError("not yours"), 403),
    (netweave.InvalidError("wrong", [("name", "too odd")]), 400), (netweave.UnimplementedError("never"), 501),
    (NotImplementedError("not yet"), 501), (netweave.UnavailableError("away", retry_after=7), 503),
    (netweave.TimeoutError("slow"), 504), (netweave.InternalError("broken"), 500),
    (netweave.UnauthenticatedError("bad key", from_backend=True), 502)])
def test_an_error_of_a_kind_answers_with_its_status(error, status):
    class Refusing(Pools):
        def create_resource_pool(self, pool, context):
            raise error

    with Running(Refusing) as running:
        answer = running.gateway.post(POOLS, {"name": "new"})
        assert answer.status == status, answer
        assert str(error.args[0]) in answer.json()["detail"]
        if status == 400:
            assert answer.json()["invalidParams"] == [{"name": "name", "reason": "too odd"}]
        if status == 503:
            assert answer.headers["Retry-After"] == "7"


def test_an_exception_answers_500_and_its_traceback_is_in_the_log():
    class Broken(Pools):
        def create_resource_pool(self, pool, context):
            return self.no_such_thing["secret detail"]

    with Running(Broken) as running:
        answer = running.gateway.post(POOLS, {"name": "new"})
        assert answer.status == 500, answer
        assert "no_such_thing" not in answer.body.decode()
        assert "no_such_thing" in running.log and "create_resource_pool" in running.log
        assert running.gateway.get("/healthz").status == 200


@pytest.mark.parametrize("answer", [None, 7, netweave.Observed({"name": "no id"}, "resourcePool"),
                                    netweave.Observed({}, "unicorn"), netweave.Observed([], "resourcePool"),
                                    netweave.Observed({"resourcePoolId": "py-x", "name": "x"}, "resourcePool", uid=3)])
def test_a_wrong_answer_is_the_adapters_fault(answer):
    class Wrong(Pools):
        def create_resource_pool(self, pool, context):
            return answer

    with Running(Wrong) as running:
        assert running.gateway.post(POOLS, {"name": "new"}).status == 500
        assert "create_resource_pool returned what it must not" in running.log


def test_a_wrong_object_is_told_with_every_fault():
    with Running(Pools) as running:
        wrong = {"resourcePoolId": 7, "unknown": 1, "extensions": []}
        with pytest.raises(netweave.InvalidError) as caught:
            running.adapter.feed.upsert(netweave.Observed(wrong, "resourcePool"))
        assert {fault.field for fault in caught.value.faults} == {"resourcePoolId", "name", "unknown", "extensions"}
        for value in ({1}, {1: 2}, b"bytes"):
            with pytest.raises(TypeError):
                pool = {"resourcePoolId": "py-x", "name": "x", "extensions": {"x": value}}
                running.adapter.feed.upsert(netweave.Observed(pool, "resourcePool"))
        for value in (float("nan"), 2**70):
            with pytest.raises(ValueError):
                pool = {"resourcePoolId": "py-x", "name": "x", "extensions": {"x": value}}
                running.adapter.feed.upsert(netweave.Observed(pool, "resourcePool"))


def test_an_observe_that_raises_is_called_again():
    class Stumbling(Pools):
        calls = 0

        def observe(self, feed, stop):
            self.calls += 1
            if self.calls == 1:
                raise ValueError("stumbled over nothing")
            super().observe(feed, stop)

    with Running(Stumbling) as running:
        assert running.adapter.calls == 2
        assert "stumbled over nothing" in running.log and "Traceback" in running.log


def test_a_failure_keeps_the_last_state_and_refuses_writes():
    with Running(Pools) as running:
        running.adapter.feed.failed("the cable is out")
        answer = running.gateway.post(POOLS, {"name": "new"})
        assert answer.status == 503 and "the cable is out" in answer.json()["detail"]
        assert names(running.gateway) == ["pool a", "pool b"]
        running.adapter.feed.alive()
        assert running.gateway.post(POOLS, {"name": "new"}).status == 201
        running.adapter.feed.failed(netweave.DeniedError("the key is out"))


def test_it_remembers_over_a_restart(tmp_path):
    store = {"store": {"path": str(tmp_path / "netweave.db")}}

    class Remembering(Pools):
        def observe(self, feed, stop):
            self.last = feed.last_objects(), feed.last_checkpoint()
            super().observe(feed, stop)

    with Running(Remembering, **store) as running:
        assert running.adapter.last == ([], "")
    with Running(Remembering, **store) as running:
        objects, checkpoint = running.adapter.last
        assert checkpoint == "first"
        assert sorted(one.object["resourcePoolId"] for one in objects) == ["py-a", "py-b"]
        assert objects[0].kind == "resourcePool"


def test_all_four_kinds_pass_through():
    class Full(netweave.Adapter):
        def observe(self, feed, stop):
            manager = {"deploymentManagerId": "py-dm", "name": "dm", "serviceUri": "http://dm.example",
                       "supportedLocations": ["here"], "capacity": {"totalCpu": 8, "availableCpu": 2.5}}
            full = feed.begin(["deploymentManager", "resourcePool", "resourceType", "resource"])
            full.add(netweave.Observed(manager, "deploymentManager"))
            full.add(netweave.Observed({"resourcePoolId": "py-p", "name": "p"}, "resourcePool"))
            full.add(netweave.Observed({"resourceTypeId": "py-t", "name": "t", "vendor": "v"}, "resourceType"))
            full.add(netweave.Observed({"resourceId": "py-r", "resourceTypeId": "py-t", "resourcePoolId": "py-p"},
                                       "resource"))
            full.commit()
            self.again = {one.kind: one.object for one in feed.last_objects()}
            stop.wait(None)

    with Running(Full) as running:
        manager = next(running.gateway.list("deploymentManager"))
        assert manager["capacity"] == {"totalCpu": 8, "availableCpu": 2.5}
        assert next(running.gateway.list("resourceType"))["vendor"] == "v"
        assert next(running.gateway.list("resource"))["resourcePoolId"] == "py-p"


def test_dictionaries_pass_through():
    alarm = netweave.AlarmDefinition(alarm_definition_id="0b5c7f1e-43a4-4d3a-9d0e-2f3b6c1d7a10", alarm_name="Disk full",
                                     alarm_change_type="ADDED", clearing_type="AUTOMATIC")
    cause = netweave.ProbableCause(probable_cause_code="FULL", standard_reference=netweave.StandardReference(
        standard_definition_organization="ITU-T", standard_specification="X.733", version_or_release="1992"))
    alarms = netweave.AlarmDictionary(alarm_dictionary_id="py-alarms", entity_type="server", alarm_definition=[alarm],
                                      probable_causes=[cause])
    measured = netweave.PerformanceMeasurement(performance_measurement_definition_id="0b5c7f1e-43a4-4d3a-9d0e-2f3b6c1d7a11",
                                               performance_measurement_id="Load", measurement_definition={"unit": "percent"})
    measurements = netweave.PerformanceDictionary(performance_dictionary_id="py-measures", supported_measurements=[measured])

    class Dictionaries(netweave.Adapter):
        def observe(self, feed, stop):
            full = feed.begin(["resourceType", "alarmDictionary", "performanceDictionary"])
            full.add(netweave.Observed({"resourceTypeId": "py-t", "name": "t",
                                        "extensions": {"alarmDictionaryId": "py-alarms"}}, "resourceType"))
            full.add(netweave.Observed(alarms.to_json(), "alarmDictionary"))
            full.add(netweave.Observed(measurements.to_json(), "performanceDictionary"))
            with pytest.raises(netweave.InvalidError) as caught:
                full.add(netweave.Observed({"alarmDictionaryId": "py-x", "entityType": "t", "alarmDefinition": [
                    {"alarmName": 7}, 8]}, "alarmDictionary"))
            self.faults = [field for field, reason in caught.value.faults]
            full.commit()
            self.again = {one.kind: one.object for one in feed.last_objects()}
            stop.wait(None)

    with Running(Dictionaries) as running:
        assert set(running.adapter.faults) == {"alarmDefinition[0].alarmName", "alarmDefinition[0].alarmDefinitionId",
                                               "alarmDefinition[0].alarmChangeType", "alarmDefinition[0].clearingType",
                                               "alarmDefinition[1]"}
        base = "/o2ims-infrastructureInventory/v2"
        client = netweave.Client(running.gateway)
        shown = client.request("GET", base + "/resourceTypes/py-t/alarmDictionary").json()
        read = netweave.AlarmDictionary.from_json(shown)
        assert read.probable_causes == [cause] and read.alarm_definition[0].alarm_name == "Disk full"
        assert (read.management_interface_id, read.unknown) == (["O2IMS"], {})
        shown = client.request("GET", base + "/performanceDictionaries/py-measures").json()
        read = netweave.PerformanceDictionary.from_json(shown)
        assert read.supported_measurements[0].measurement_definition == {"unit": "percent"}
        assert read.supported_interfaces == "O2IMS"
        again = netweave.AlarmDictionary.from_json(running.adapter.again["alarmDictionary"])
        assert again.probable_causes == [cause] and again.alarm_dictionary_id == "py-alarms"


def test_a_factory_that_fails_is_the_configurations_fault():
    def picky(settings):
        raise netweave.InvalidError("wrong", [("site", "must be ASCII")])

    with pytest.raises(netweave.InvalidError) as caught:
        netweave.Gateway(adapted(), {"python": picky}, Log())
    assert caught.value.faults == [("adapters[0].config.site", "must be ASCII")]

    def broken(settings):
        raise KeyError("oops")

    log = Log()
    with pytest.raises(netweave.Error) as caught:
        netweave.Gateway(adapted(), {"python": broken}, log)
    assert isinstance(caught.value.__cause__, KeyError)
    assert "oops" in log
    with pytest.raises(netweave.Error):
        netweave.Gateway(adapted(), {"python": lambda settings: "no adapter"}, Log())


def test_a_stop_ends_observe_and_closes_its_feed():
    with Running(Pools) as running:
        adapter = running.adapter
        full = adapter.feed.begin(["resourcePool"])
    assert adapter.ended.is_set()
    with pytest.raises(netweave.CancelledError):
        adapter.feed.alive()
    with pytest.raises(netweave.CancelledError):
        full.add(netweave.Observed({"resourcePoolId": "py-x", "name": "x"}, "resourcePool"))


def test_it_must_not_stop_its_own_gateway():
    class Suicidal(Pools):
        def create_resource_pool(self, pool, context):
            running.gateway.stop()

    with Running(Suicidal) as running:
        answer = running.gateway.post(POOLS, {"name": "new"})
        assert answer.status == 409 and "stop() was called" in answer.json()["detail"]


def test_it_may_use_its_own_gateway():
    class Asking(Pools):
        def create_resource_pool(self, pool, context):
            self.count = len(list(running.gateway.list("resourcePool")))
            return super().create_resource_pool(pool, context)

    with Running(Asking) as running:
        assert running.gateway.post(POOLS, {"name": "new"}).status == 201
        assert running.adapter.count == 2


def test_writes_run_at_once():
    """Two writes wait for each other: they both end only if the GIL and the pool let both in."""
    class Meeting(Pools):
        barrier = threading.Barrier(2)

        def create_resource_pool(self, pool, context):
            self.barrier.wait(60)
            return super().create_resource_pool(pool, context)

    with Running(Meeting) as running:
        answers = []
        writers = [threading.Thread(target=lambda n=n: answers.append(running.gateway.post(POOLS, {"name": n}).status))
                   for n in ("one", "two")]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(120)
        assert answers == [201, 201]

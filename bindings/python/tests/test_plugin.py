"""The pytest plugin, in a pytest of its own."""

import re


INNER = ["-p", "no:cacheprovider"]


def run(pytester, text, conftest=""):
    pytester.makepyfile(test_inner=text)
    if conftest:
        pytester.makeconftest(conftest)
    return pytester.runpytest_subprocess(*INNER)


def test_the_fixtures_work_together(pytester):
    run(pytester, """
        import netweave

        def test_a_change_is_told(o2_client, o2_sink):
            o2_sink.subscribe(o2_client, filter={"resourcePoolId": "sim-pool-0001"})
            o2_client.resource_pools.patch("sim-pool-0001", {"description": "new"})
            assert o2_sink.expect(lambda e: e.resource_pool.description == "new").event_type == "ResourcePoolUpdated"

        def test_the_next_test_has_a_gateway_of_its_own(o2_gateway, o2_client):
            assert o2_client.subscriptions.count() == 0
            assert o2_client.resource_pools.get("sim-pool-0001").description != "new"
            assert o2_gateway.url.startswith("http://127.0.0.1:")
            assert netweave.Client(o2_gateway.url).o_cloud() == o2_client.o_cloud()
        """).assert_outcomes(passed=2)


def test_a_marker_and_an_override_configure(pytester):
    run(pytester, """
        import netweave, pytest
        from netweave.testing import simulator

        pytestmark = pytest.mark.o2_gateway({"query": {"default_limit": 7, "max_limit": 9}})

        @pytest.mark.o2_gateway({"query": {"default_limit": 2}}, adapters={})
        def test_the_nearest_mark_holds(o2_client, o2_gateway):
            assert len(next(o2_client.resources.list().pages()).items) == 2
            assert "max_limit: 9" in o2_gateway.config and "id: ours" in o2_gateway.config
            assert o2_client.resource_pools.count() == 2

        @pytest.mark.o2_gateway(simulator(pools=5))
        def test_a_list_replaces(o2_client):
            assert o2_client.resource_pools.count() == 5

        class Racks(netweave.Adapter):
            def observe(self, feed, stop):
                with feed.begin(["resourcePool"]) as full:
                    full.add(netweave.Observed({"resourcePoolId": "racks-a", "name": "A"}, "resourcePool"))
                    full.commit()
                stop.wait(None)

        @pytest.mark.o2_gateway({"adapters": [{"name": "racks", "type": "racks"}]}, adapters={"racks": Racks})
        def test_an_adapter_of_ones_own(o2_client):
            assert [pool.name for pool in o2_client.resource_pools.list()] == ["A"]
        """, """
        import pytest
        from netweave.testing import simulator

        @pytest.fixture
        def o2_config():
            return {**simulator(pools=2, resources=20), "o_cloud": {"id": "ours"}}
        """).assert_outcomes(passed=3)


def test_what_is_wrong_in_a_marker_is_told(pytester):
    result = run(pytester, """
        import pytest

        @pytest.mark.o2_gateway({"query": {"max_limt": 9}})
        def test_it(o2_gateway):
            pass
        """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*query.max_limt*"])


def test_a_forgery_fails_the_test_that_got_it(pytester):
    text = """
        import netweave

        def send(client, sink):
            client.subscriptions.create(netweave.Subscription(callback=sink.url))
            client.resource_pools.patch("sim-pool-0001", {"description": "new"})
            sink.wait_deliveries()

        def test_it(o2_client, o2_sink):
            send(o2_client, o2_sink)

        def test_that_knows(o2_client, o2_gateway, o2_sink):
            send(o2_client, o2_sink)
            o2_gateway.stop()
            assert o2_sink.forged
            o2_sink.forged.clear()
        """
    result = run(pytester, text)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*were not signed by their subscription's secret*"])


def test_the_gateways_log_is_shown_with_what_failed(pytester):
    result = run(pytester, """
        import logging, pytest

        @pytest.mark.o2_gateway({"observability": {"logging": {"level": "debug"}}})
        def test_it(o2_client, caplog):
            caplog.set_level(logging.DEBUG, "netweave")
            o2_client.resource_pools.create({"name": "x"})
            assert False
        """)
    result.assert_outcomes(failed=1)
    assert re.search(r"(INFO|DEBUG) +netweave:", result.stdout.str())


def test_it_leaves_no_thread_and_costs_nothing_where_it_is_not_used(pytester):
    run(pytester, """
        import sys, threading

        def test_nothing_is_loaded():
            assert "netweave" not in sys.modules

        def test_use(o2_client, o2_sink):
            o2_sink.subscribe(o2_client)
            assert len(threading.enumerate()) > 1

        def test_all_is_gone():
            assert threading.enumerate() == [threading.main_thread()]
        """).assert_outcomes(passed=3)


def test_pytest_knows_the_marker(pytester):
    result = pytester.runpytest_subprocess(*INNER, "--strict-markers", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.o2_gateway(config={}, adapters={}):*"])

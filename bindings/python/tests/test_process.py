"""What only a process of its own can show: its end, signals, warnings, forks, the README."""

import pathlib
import re
import signal
import subprocess
import sys
import textwrap

import pytest

CONFIG = "{'store': {'backend': 'memory'}, 'observability': {'logging': {'level': 'error'}}}"
README = pathlib.Path(__file__).parent.parent / "README.md"


def run(code, *options):
    """Runs it to its end under -W error; its exit code is 0 and it writes nothing to stderr."""
    code = textwrap.dedent(code).replace("CONFIG", CONFIG)
    done = subprocess.run([sys.executable, "-W", "error", "-X", "dev", *options, "-c", code], capture_output=True,
                          text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def test_the_readme_runs():
    block = re.search(r"```python\n(.*?)```", README.read_text(), re.S).group(1)
    assert "['Rack A', 'Rack B'] ResourcePoolCreated http://127.0.0.1:" in run(block)
    assert len(README.read_text().splitlines()) <= 40


@pytest.mark.parametrize("ending", [
    "",                                        # the module's own dictionary lets go of it
    "import sys; sys.keep = gateway",          # nobody does
    "import sys; sys.exit(0)",
    "del gateway",
    "gateway.adapter_of = lambda: gateway; del gateway; import gc; gc.collect()",
])
def test_a_gateway_that_is_never_stopped_ends_with_the_interpreter(ending):
    run("""
        import netweave
        gateway = netweave.Gateway(CONFIG)
        gateway.start()
        gateway.serve()
        """ + "\n" + " " * 8 + ending)


def test_threads_that_wait_at_the_end_are_no_obstacle():
    run("""
        import threading, netweave

        class Adapter(netweave.Adapter):
            def observe(self, feed, stop):
                with feed.begin(["resourcePool"]) as full:
                    full.commit()
                threading.Thread(target=self.work, args=(feed, stop), daemon=True).start()
                stop.wait(None)

            def work(self, feed, stop):
                stop.wait(None)
                feed.alive()

        config = {**CONFIG, "adapters": [{"name": "a", "type": "a"}]}
        gateway = netweave.Gateway(config, {"a": Adapter}, print)
        gateway.start()
        gateway.wait_synced()
        threading.excepthook = lambda what: None  # the feed is closed by then, perhaps
        for _ in range(4):
            threading.Thread(target=list, args=(gateway.events(),), daemon=True).start()
        """)


def test_an_adapter_and_its_gateway_in_a_cycle_end_too():
    run("""
        import gc, weakref, netweave

        class Adapter(netweave.Adapter):
            def observe(self, feed, stop):
                stop.wait(None)

        made = []
        def factory(settings):
            made.append(Adapter(settings))
            return made[-1]

        config = {**CONFIG, "adapters": [{"name": "a", "type": "a"}]}
        gateway = netweave.Gateway(config, {"a": factory})
        made[0].gateway = gateway
        adapter = weakref.ref(made.pop())
        gateway.start()
        gateway.stop()
        del gateway
        gc.collect()
        assert adapter() is None
        """)


def test_the_last_reference_may_go_inside_a_callback():
    run("""
        import threading, netweave
        holder, gone = {}, threading.Event()

        class Adapter(netweave.Adapter):
            def observe(self, feed, stop):
                ready.wait()
                holder.clear()  # the gateway's end is asked for by its own thread
                gone.set()
                stop.wait(None)

        ready = threading.Event()
        config = {**CONFIG, "adapters": [{"name": "a", "type": "a"}]}
        holder["gateway"] = netweave.Gateway(config, {"a": Adapter})
        holder["gateway"].start()
        ready.set()
        assert gone.wait(60)
        """)


def test_a_fork_leaves_the_gateway_alone():
    """The child ends by os._exit, as multiprocessing's do: exit handlers of C libraries are not made for forks."""
    run("""
        import atexit, os, netweave
        gateway = netweave.Gateway(CONFIG)
        gateway.start()
        gateway.wait_synced()
        child = os.fork()
        if child == 0:
            gateway.stop()
            atexit._run_exitfuncs()
            del gateway
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert gateway.get("/healthz").status == 200
        """)


@pytest.mark.parametrize("wait", ["next(gateway.events())", "gateway.wait_synced(None)",
                                  "gateway.post('/o2ims/v1/resourcePools', {'name': 'x'})"])
def test_ctrl_c_ends_a_wait(wait):
    code = textwrap.dedent("""
        import signal, threading, netweave

        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored

        class Adapter(netweave.Adapter):
            def observe(self, feed, stop):
                if SYNCED:
                    with feed.begin(["resourcePool"]) as full:
                        full.commit()
                stop.wait(None)

            def create_resource_pool(self, pool, context):
                interrupted.wait(100)
                raise netweave.ConflictError("too late")

        interrupted = threading.Event()
        config = {**CONFIG, "adapters": [{"name": "a", "type": "a"}]}
        gateway = netweave.Gateway(config, {"a": Adapter})
        gateway.start()
        if SYNCED:
            gateway.wait_synced()
        try:
            print("waiting", flush=True)
            WAIT
        except KeyboardInterrupt:
            print("interrupted")
        interrupted.set()
        """).replace("CONFIG", CONFIG).replace("WAIT", wait).replace("SYNCED", str("synced" not in wait))
    process = subprocess.Popen([sys.executable, "-W", "error", "-c", code], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) == (0, "interrupted\n", "")


def test_signals_and_warnings_are_left_as_they_were():
    run("""
        import signal, sys, threading, netweave
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)]
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        with netweave.Gateway(CONFIG) as gateway:
            gateway.serve()
        assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)]
        assert blocked == signal.pthread_sigmask(signal.SIG_BLOCK, [])
        """)

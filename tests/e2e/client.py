"""The command line client as a person or a script runs it. Standard library only."""

import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import time

from gateway import PROGRAM

CLIENT = os.environ.get("NETWEAVE_CLIENT", str(pathlib.Path(PROGRAM).resolve().parents[1] / "cli/netweave"))


def heed_interrupts():
    """What a shell runs in the background ignores them, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Done:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return self.out.splitlines()

    def __repr__(self):
        return f"exit code {self.code}\n{self.out[-2000:]}\n{self.err[-2000:]}"


class Client:
    """netweave with a home of its own: no context but what the test makes."""

    def __init__(self, folder, server=None):
        self.home = pathlib.Path(folder) / "home"
        self.home.mkdir(exist_ok=True)
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith("NETWEAVE_") and key not in ("XDG_CONFIG_HOME", "NO_COLOR")}
        self.environment = {**kept, "HOME": str(self.home), "TERM": "xterm"}
        if server:
            self.environment["NETWEAVE_SERVER"] = server

    @property
    def contexts(self):
        return self.home / ".config/netweave/config.yaml"

    def __call__(self, *arguments, given="", code=0, **variables):
        done = Done(subprocess.run([CLIENT, *map(str, arguments)], env={**self.environment, **variables}, input=given,
                                   cwd=self.home, capture_output=True, text=True, timeout=60))
        assert done.code == code, f"netweave {' '.join(map(str, arguments))}: {done}"
        return done

    def start(self, *arguments, **variables):
        return Running(subprocess.Popen([CLIENT, *arguments], env={**self.environment, **variables}, cwd=self.home,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
                                        preexec_fn=heed_interrupts))

    def on_terminal(self, *arguments, **variables):
        """All that it writes to a terminal that is both its standard streams, and its exit code."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.home)
            os.execve(CLIENT, [CLIENT, *arguments], {**self.environment, **variables})
        text, end = b"", time.monotonic() + 60
        while time.monotonic() < end:
            ready, _, _ = select.select([terminal], [], [], 1)
            if not ready:
                continue
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not piece:
                break
            text += piece
        os.close(terminal)
        _, status = os.waitpid(child, 0)
        return text.decode(), os.waitstatus_to_exitcode(status)


class Running:
    """netweave under way, ended whatever the test does."""

    def __init__(self, process):
        self.process = process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def line(self):
        line = self.process.stdout.readline()
        assert line, f"ended: {self.process.stderr.read()}"
        return line.rstrip("\n")

    def error_line(self):
        return self.process.stderr.readline().rstrip("\n")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

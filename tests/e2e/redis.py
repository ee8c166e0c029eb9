"""A redis-server of a test's own: a free port of loopback, a folder, stopped by its process."""

import pathlib
import socket
import subprocess

from gateway import wait_until


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Redis:
    def __init__(self, folder, *settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.settings = [str(word) for word in settings]
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "",
             "--appendonly", "yes", "--appendfsync", "always", *self.settings],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.call("ping") in ("PONG", "NOAUTH Authentication required."), "redis-server")
        return self

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()

    def call(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, timeout=30)
        return done.stdout.strip()


class Sentinel(Redis):
    """Watches the server at that port of loopback as `inventory`, with a quorum of two."""

    def __init__(self, folder, watched, password=None):
        super().__init__(folder)
        self.watched = watched
        self.password = password

    def start(self):
        configuration = self.folder / "sentinel.conf"
        configuration.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n"
                                 f"sentinel monitor inventory 127.0.0.1 {self.watched} 2\n"
                                 "sentinel down-after-milliseconds inventory 500\n"
                                 "sentinel failover-timeout inventory 3000\n" +
                                 (f"requirepass {self.password}\n" if self.password else ""))
        self.process = subprocess.Popen(["redis-sentinel", str(configuration)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_until(lambda: self.call("ping") in ("PONG", "NOAUTH Authentication required."), "redis-sentinel")
        return self

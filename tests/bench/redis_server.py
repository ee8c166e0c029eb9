"""A redis-server of the bench's own, on the first core, that appends to a file as a gateway demands."""

import re
import socket
import subprocess
import threading


class RedisServer:
    def __init__(self, run, folder):
        self.port = run.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", "redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "everysec"], stdout=subprocess.DEVNULL)
        run.gateways.wait_until(lambda: b"PONG" in self.call("PING"), "redis answers")

    def call(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True).stdout

    def keys(self, name):
        """The keys of that end, of all O-Clouds."""
        return [key for key in self.call("KEYS", "*").decode().split() if key.endswith(name)]

    def benchmark(self, words, clients, requests):
        """redis-benchmark's requests a second of one command, in which __rand_int__ is another number each time."""
        out = subprocess.run(["taskset", "-c", "1", "redis-benchmark", "-p", str(self.port), "-q", "-c", str(clients),
                              "-n", str(requests), "-r", "2000000000", *words], capture_output=True, check=True).stdout
        return float(re.findall(rb"([\d.]+) requests per second", out)[-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Recorder:
    """Passes connections on to a redis-server, and keeps what its clients say."""

    def __init__(self, port):
        self._target = port
        self._streams = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            said = bytearray()
            self._streams.append(said)
            threading.Thread(target=self._pass, args=(client, server, said), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, bytearray()), daemon=True).start()

    @staticmethod
    def _pass(source, target, said):
        try:
            while data := source.recv(65536):
                said += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def commands(self):
        """Each a list of words, as the protocol has them."""
        for said in self._streams:
            at = 0

            def line():
                nonlocal at
                end = said.index(b"\r\n", at)
                text, at = said[at + 1:end], end + 2
                return int(text)

            while at < len(said):
                words = []
                for _ in range(line()):
                    size = line()
                    words.append(bytes(said[at:at + size]))
                    at += size + 2
                yield words

    def close(self):
        self._listener.close()

"""A TCP gate: bytes between who connects to it and a target, delayed, sliced, held back or cut. Standard library only."""

import socket
import struct
import threading
import time


class Gate:
    """`delay` seconds before each piece goes on; `slice` bytes of a piece at most; both change at any moment.

    `hold` keeps back what comes from either side, connections included, as a partition does: `release` lets go of it,
    late. `cut` resets what is open; `cut_replies` resets each connection in the middle of a reply of the target's."""

    def __init__(self, target):
        host, _, port = target.rpartition(":")
        self.target = (host or "127.0.0.1", int(port))
        self.delay = 0.0
        self.slice = 65536
        self._mid_reply = 0
        self._through = threading.Event()
        self._through.set()
        self._lock = threading.Lock()
        self._pairs = set()
        self.accepted = 0
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._closed = False

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._closed = True
        try:
            self._server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._server.close()
        self._through.set()
        self.cut()

    def hold(self):
        self._through.clear()

    def release(self):
        self._through.set()

    def cut(self):
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for one in pair:
                reset(one)

    def cut_replies(self, times):
        """So many replies from now on end after half of their first piece."""
        with self._lock:
            self._mid_reply = times

    @property
    def left_to_cut(self):
        return self._mid_reply

    def _accept(self):
        while not self._closed:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        self._through.wait()
        try:
            target = socket.create_connection(self.target, 10)
        except OSError:
            return reset(client)
        for one in (client, target):
            one.settimeout(None)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = (client, target)
        with self._lock:
            self._pairs.add(pair)
        if self._closed:
            self.cut()
        for source, sink, reply in ((client, target, False), (target, client, True)):
            threading.Thread(target=self._pump, args=(pair, source, sink, reply), daemon=True).start()

    def _pump(self, pair, source, sink, reply):
        try:
            while piece := source.recv(65536):
                for begin in range(0, len(piece), self.slice):
                    self._through.wait()
                    if self.delay:
                        time.sleep(self.delay)  # what the gate is for
                    part = piece[begin:begin + self.slice]
                    if reply and len(part) > 1 and self._take_cut():
                        sink.sendall(part[:len(part) // 2])
                        break
                    sink.sendall(part)
                else:
                    continue
                break
            else:
                self._through.wait()  # an end is held back as bytes are
        except OSError:
            pass
        with self._lock:
            self._pairs.discard(pair)
        for one in pair:
            reset(one)

    def _take_cut(self):
        with self._lock:
            if self._mid_reply == 0:
                return False
            self._mid_reply -= 1
            return True


def reset(one):
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()

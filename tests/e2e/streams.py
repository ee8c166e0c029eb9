"""Readers of the gateway's streams. Standard library only."""

import http.client
import json
import socket


class Lines:
    """One stream, read line by line as it comes."""

    def __init__(self, port, path, headers=None, receive_buffer=None, context=None):
        if context:
            self.connection = http.client.HTTPSConnection("localhost", port, timeout=60, context=context)
        else:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        if receive_buffer:  # before it connects: the window is agreed upon then
            made = socket.socket()
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            made.settimeout(60)
            made.connect(("127.0.0.1", port))
            self.connection.sock = made
        self.connection.request("GET", path, headers=headers or {})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.headers = {name.lower(): value for name, value in self.response.getheaders()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.response.close()
        self.connection.close()

    def line(self):
        """Without its end; None at the stream's. Raises where that was not a proper one."""
        line = self.response.readline()
        return line.decode().removesuffix("\n") if line else None


class Events(Lines):
    """Server-Sent Events, as WHATWG HTML says to read them. `last_id` is where a client would go on."""

    def __init__(self, port, path="/o2ims/v2/events", last_id=None, headers=None, **more):
        super().__init__(port, path, {**(headers or {}), **({"Last-Event-ID": last_id} if last_id else {})}, **more)
        self.last_id = last_id
        self.comments = []
        self.bookmarks = 0

    def next(self):
        """(id, event type, data); None at the end."""
        kind, data = "message", []
        while (line := self.line()) is not None:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line == "":
                if data:
                    return self.last_id, kind, json.loads("\n".join(data))
                kind = "message"
                self.bookmarks += 1
            elif name == "":
                self.comments.append(value)
            elif name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data.append(value)
        return None

    def take(self, count):
        return [self.next() for _ in range(count)]

    def bookmark(self):
        """Reads on until the next bookmark; events before it are an error."""
        before = self.bookmarks
        while self.bookmarks == before:
            line = self.line()
            assert line is not None and not line.startswith("data:"), line
            if line.startswith("id: "):
                self.last_id = line[4:]
            self.bookmarks += line == ""
        return self.last_id


class Watch(Lines):
    """A watch of a list. `revision` is where it would go on."""

    def __init__(self, port, path, revision=None, **more):
        sign = "&" if "?" in path else "?"
        super().__init__(port, f"{path}{sign}watch=true" + (f"&revision={revision}" if revision else ""), **more)
        self.revision = revision

    def next(self, bookmarks=False):
        """The next line; None at the end."""
        while (line := self.line()) is not None:
            change = json.loads(line)
            assert set(change) == {"type", "object", "revision"}
            self.revision = change["revision"]
            if bookmarks or change["type"] != "BOOKMARK":
                return change
        return None

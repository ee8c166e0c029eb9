"""The OpenTelemetry collector's own OTLP receiver (a Go module) for tests. Standard library only.

    with otel.Receiver() as receiver:
        receiver.url                  # http://127.0.0.1:PORT, where POST /v1/traces is taken
        receiver.spans(3)             # blocks until there are three; each as the collector understood it

Whatever it does not understand it refuses with 400, and `spans` then waits in vain.
"""

import json
import subprocess
import threading

import build


class Receiver:
    def __enter__(self) -> "Receiver":
        self._process = subprocess.Popen([build.build("otel"), "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the receiver ended before it listened")
        self._changed = threading.Condition()
        self._spans = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout:
            with self._changed:
                for resource in json.loads(line)["resourceSpans"]:
                    service = {one["key"]: one["value"].get("stringValue")
                               for one in resource["resource"]["attributes"]}
                    self._spans += [{**span, "service": service} for scope in resource["scopeSpans"]
                                    for span in scope["spans"]]
                self._changed.notify_all()

    def spans(self, count: int, trace: str | None = None, seconds: float = 60) -> list[dict]:
        def found():
            return [span for span in self._spans if trace in (None, span["traceId"])]
        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, seconds):
                raise TimeoutError(f"{len(found())} of {count} spans")
            return found()

"""What tests/e2e shares is here too, under the same names."""

import pathlib
import runpy

# which puts tests/e2e and tests/backends on the path
shared = runpy.run_path(str(pathlib.Path(__file__).parents[1] / "e2e/conftest.py"))
engine, sink, subscribe = (shared[name] for name in ("engine", "sink", "subscribe"))

"""The Python of docs/python.md runs: tests under pytest, everything else as a program."""

import pathlib
import re
import subprocess
import sys

import pytest

PAGE = pathlib.Path(__file__).parents[3] / "docs/python.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


def test_there_are_some_of_both():
    assert {"def test_" in block for block in BLOCKS} == {True, False}


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split("\n", 1)[0] + str(at) for at, block in enumerate(BLOCKS)])
def test_it_runs(block, tmp_path):
    command = ["-W", "error", "-c", block]
    if "def test_" in block:
        (tmp_path / "test_page.py").write_text(block)
        command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"]
    done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    if "def test_" in block:
        assert f"{block.count('def test_')} passed" in done.stdout


def test_the_table_of_errors_is_the_hierarchy():
    import netweave
    from netweave.errors import TITLES
    rows = re.findall(r"^\| ([A-Z]\w+(?:, [A-Z]\w+)*)(?:, and [^|]*)? \| ((?:`\w+`(?:, )?)+) \| (?:`([\w.]+)`)? ?\|$",
                      PAGE.read_text(), re.M)
    told = {}
    for titles, classes, below in rows:
        for title, name in zip(titles.split(", "), re.findall(r"\w+", classes), strict=True):
            told[title] = getattr(netweave, name)
            parent = getattr(netweave, below.removeprefix("builtins."), TimeoutError) if below else netweave.Error
            assert issubclass(told[title], parent), title
    assert told == TITLES

#!/usr/bin/env python3
"""Which folder of lib/ includes which: lib/layers.txt is the whole truth, and has no cycle."""

import re

from repo import ROOT, Checks, files, name

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def read_layers() -> dict:
    layers = {}
    for line in (ROOT / "lib/layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            folder, _, allowed = line.partition(":")
            layers[folder.strip()] = allowed.split()
    return layers


def reachable(layers: dict, folder: str, seen: frozenset = frozenset()) -> set:
    """What a folder includes, and what that includes; a folder that reaches itself is in it."""
    found = set()
    for below in layers.get(folder, []):
        found.add(below)
        if below not in seen:
            found |= reachable(layers, below, seen | {folder})
    return found


def check_file(path, folder: str, layers: dict, checks: Checks) -> None:
    allowed = set(layers[folder]) | {folder}
    bad = []
    for included in INCLUDE.findall(path.read_text(errors="replace")):
        top = included.split("/")[0]
        if top == "netweave" or "/" not in included:
            continue
        if top not in allowed:
            bad.append(included)
    checks.check(not bad, f"{name(path)} includes {', '.join(bad)}: lib/layers.txt does not let {folder} do that")


def main() -> None:
    checks = Checks()
    layers = read_layers()
    for folder, below in layers.items():
        checks.check(folder not in reachable(layers, folder), f"lib/layers.txt: {folder} includes itself by a detour")
        for one in below:
            checks.check(one in layers, f"lib/layers.txt: {folder} names {one}, which has no line")
    for path in files(".cpp", ".hpp", under="lib/"):
        parts = path.relative_to(ROOT / "lib").parts
        folder = parts[0]
        if checks.check(folder in layers, f"{name(path)}: lib/layers.txt has no line for {folder}"):
            check_file(path, folder, layers, checks)
    checks.finish()


main()

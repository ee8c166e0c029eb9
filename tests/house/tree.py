#!/usr/bin/env python3
"""What every folder and file keeps: READMEs of at most 40 lines, the legal files, no trace of a machine."""

import os
import pathlib
import re
import socket

from repo import ROOT, Checks, files, name

README_LINES = 40
FILE_LINES = 500
LEGAL = ["LICENSE", "CONTRIBUTING.md", "SECURITY.md", "README.md"]
# pieces, so that this file does not hold what it looks for
HOMES = re.compile("|".join("/" + word for word in ("work/", "home/[a-z]", "Users/[A-Za-z]", "root/[a-z.]")))
REGISTRY_VARIABLES = ["PIP_INDEX_URL", "GOPROXY", "npm_config_registry", "NPM_CONFIG_REGISTRY", "http_proxy",
                      "https_proxy", "CARGO_REGISTRIES_CRATES_IO_PROTOCOL_URL"]
PUBLIC = {"localhost", "pypi.org", "proxy.golang.org", "registry.npmjs.org", "deb.debian.org", "direct", "off"}


def is_text(path: pathlib.Path) -> bool:
    if path.suffix in (".png", ".ico", ".gz", ".woff2", ".der", ".p12"):
        return False
    return b"\0" not in path.read_bytes()[:8000]


def machine_words() -> set:
    """Names that only this machine knows: its own, and those of the registries and proxies that it was told of."""
    words = {socket.gethostname()} if len(socket.gethostname()) > 6 else set()
    for variable in REGISTRY_VARIABLES:
        for host in re.findall(r"//(?:[^/@]*@)?([A-Za-z0-9.-]+)", os.environ.get(variable, "")):
            words.add(host)
    return {word for word in words if word not in PUBLIC and not re.fullmatch(r"[\d.]+", word)}


def check_traces(checks: Checks) -> None:
    words = machine_words()
    for path in files():
        if path.is_symlink() or not is_text(path) or "corpus" in path.parts or path.name == "LICENSE":
            continue
        text = path.read_text(errors="replace")
        home = HOMES.search(text)
        checks.check(not home, f"{name(path)} holds {home and home.group(0)}...: a path of one machine")
        told = [word for word in words if word in text]
        checks.check(not told, f"{name(path)} names a host of this machine's: {told}")


def check_readmes(checks: Checks) -> None:
    for path in files(".md"):
        if path.name == "README.md" and path.parent != ROOT:
            lines = len(path.read_text().splitlines())
            checks.check(lines <= README_LINES, f"{name(path)} has {lines} lines: {README_LINES} are enough")
    folders = {path.parent for path in files(".cpp", ".hpp", under="lib/") if path.parent != ROOT / "lib"}
    folders |= {ROOT / top for top in ("lib", "tests", "scripts", "servers", "examples", "bindings")
                if any(files(".cpp", ".py", under=top + "/")) or top == "scripts"}
    for folder in sorted(folders):
        own = (folder / "README.md").exists()
        part = (folder.parent / "README.md").exists() and folder.parent not in (ROOT, ROOT / "lib")
        checks.check(own or part, f"{name(folder)} has no README.md")


def warn_of_length() -> None:
    for path in files(".cpp", ".hpp", under="lib/"):
        lines = len(path.read_text().splitlines())
        if lines > FILE_LINES:
            print(f"warning: {name(path)} has {lines} lines")


def main() -> None:
    checks = Checks()
    for legal in LEGAL:
        path = ROOT / legal
        checks.check(path.exists() and path.stat().st_size > 200, f"{legal} is not there, or says nothing")
    check_traces(checks)
    check_readmes(checks)
    warn_of_length()
    checks.finish()


main()

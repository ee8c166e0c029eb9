#!/usr/bin/env python3
"""Runs the commands of the documents, and holds what they say to the tree. See README.md beside this file."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = PAGES + sorted((ROOT / "docs/decisions").glob("*.md")) + [ROOT / "examples/README.md"]
SOURCES = "lib|config|servers|scripts|tests|include|examples|docs|bindings"
NAMED = re.compile(r"`((?:lib|servers|include)/[\w/.-]+\.(?:cpp|hpp))`((?:,? `[\w:~]+`)+)")
SECONDS = 120  # for the commands of one document


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def check(self, good, message) -> bool:
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: " + message)
        return bool(good)


def gateway_program() -> str:
    given = os.environ.get("NETWEAVE_GATEWAY")
    found = [pathlib.Path(given)] if given else sorted(ROOT.glob("build/**/servers/gateway/netweave-gateway"))
    if not found or not found[0].exists():
        sys.exit("no gateway: build one, or name it in NETWEAVE_GATEWAY")
    return str(found[0].resolve())


PROGRAM = gateway_program()


def blocks(page: pathlib.Path, language: str) -> list:
    """The page's fenced blocks of that language, each with the line that it begins at."""
    text = page.read_text()
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    return [(text.count("\n", 0, block.start()) + 1, block.group(2)) for block in found if block.group(1) == language]


def at(page: pathlib.Path, line: int) -> str:
    return f"{page.relative_to(ROOT)}:{line}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def environment() -> dict:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NETWEAVE_")}
    servers = pathlib.Path(PROGRAM).parents[1]
    return {**kept, "PATH": f"{servers / 'gateway'}:{servers / 'cli'}:{kept['PATH']}"}


class Gateway:
    """A gateway with the built-in defaults, in a folder of its own."""

    def __init__(self, folder: pathlib.Path):
        self.log = folder / "gateway.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([PROGRAM], cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True,
                                            env={**environment(), "NETWEAVE_SERVER_PORT": "0"})
        line = self.process.stdout.readline()
        if not line.startswith("netweave ready http://127.0.0.1:"):
            raise RuntimeError(f"not ready: {line!r}\n{self.log.read_text()}")
        self.address = line.strip().removeprefix("netweave ready http://")

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=30) as answer:
            return answer.read().decode()

    def post(self, path: str, body: bytes) -> None:
        asked = urllib.request.Request(f"http://{self.address}{path}", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(asked, timeout=30).close()

    def wait_ready(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                self.get("/readyz")
                return
            except urllib.error.HTTPError:
                time.sleep(0.05)
        raise RuntimeError("never ready\n" + self.log.read_text()[-2000:])

    def __enter__(self):
        self.wait_ready()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process.stdout.close()


PRELUDE = """set -euo pipefail
curl() {
  case " $* " in *' -si '*) command curl "$@" ;; *) command curl --fail-with-body "$@" ;; esac
}
"""


def run_commands(page: pathlib.Path, checks: Checks) -> None:
    found = blocks(page, "sh")
    if not found:
        return
    with tempfile.TemporaryDirectory() as folder, Gateway(pathlib.Path(folder)) as gateway:
        work = pathlib.Path(folder) / "work"
        work.mkdir()
        parts = [PRELUDE] + [f"{text}\necho {line} >> ../done\n" for line, text in found]
        script = "\n".join(parts).replace("127.0.0.1:8080", gateway.address)
        other = str(free_port())
        script = script.replace("127.0.0.1:9999", "127.0.0.1:" + other).replace('"127.0.0.1", 9999', f'"127.0.0.1", {other}')
        for port in sorted(set(re.findall(r"\b71\d\d\b", script))):
            script = re.sub(rf"\b{port}\b", str(free_port()), script)
        try:
            done = subprocess.run(["bash", "-c", script], cwd=work, env=environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
            output, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as error:
            output, code = f"{error.output}\nno end within {SECONDS} s", 1
        marks = pathlib.Path(folder) / "done"
        finished = marks.read_text().split() if marks.exists() else []
        checks.passed += len(finished)
        if code != 0 or len(finished) != len(found):
            line = found[min(len(finished), len(found) - 1)][0]
            checks.check(False, f"{at(page, line)}: exit code {code}\n" + textwrap.indent(output[-3000:], "    "))


# what a configuration may name beside itself: a kubeconfig, and a pod's surroundings
KUBECONFIG = """{"apiVersion": "v1", "kind": "Config", "current-context": "c",
 "clusters": [{"name": "c", "cluster": {"server": "https://192.0.2.1:6443"}}],
 "users": [{"name": "u", "user": {"token": "t"}}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}},
              {"name": "edge1-admin", "context": {"cluster": "c", "user": "u"}}]}"""
IN_POD = {"KUBERNETES_SERVICE_HOST": "192.0.2.1", "KUBERNETES_SERVICE_PORT": "443"}


def check_configurations(page: pathlib.Path, checks: Checks) -> None:
    for line, text in blocks(page, "yaml"):
        if text.startswith("apiVersion:"):
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file, tempfile.NamedTemporaryFile("w") as cluster, \
                tempfile.TemporaryDirectory() as folder:
            cluster.write(KUBECONFIG)
            cluster.flush()
            text = re.sub(r"\S+\.kubeconfig\b", cluster.name, text)
            pod = pathlib.Path(folder)
            for name in ("token", "ca.crt", "namespace"):
                (pod / name).write_text("default")
            text = re.sub(r"^( *)in_cluster: true", rf"\1in_cluster: true\n\1service_account_dir: {pod}", text, flags=re.M)
            file.write(text)
            file.flush()
            done = subprocess.run([PROGRAM, "--config", file.name, "--check-config"], env={**environment(), **IN_POD},
                                  capture_output=True, text=True)
        checks.check(done.returncode == 0, f"{at(page, line)}: {done.stderr}")


def shape(text: str) -> list:
    """Lines without the indentation that they share."""
    return [line.rstrip() for line in textwrap.dedent(text).strip("\n").splitlines()]


def check_code(page: pathlib.Path, checks: Checks) -> None:
    programs = [path.read_text().splitlines() for path in sorted((ROOT / "examples").rglob("*.cpp"))]
    for line, text in blocks(page, "cpp"):
        wanted = shape(text)
        there = any(shape("\n".join(program[i:i + len(wanted)])) == wanted
                    for program in programs for i in range(len(program)))
        checks.check(there, f"{at(page, line)}: this C++ is in no file of examples/")
    python = os.environ.get("NETWEAVE_PYTHON")
    for line, text in blocks(page, "python"):
        try:
            compile(text, at(page, line), "exec")
        except SyntaxError as error:
            checks.check(False, f"{at(page, line)}: {error}")
            continue
        if not python:
            checks.check(True, "")
            continue
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([python, "-c", text], cwd=folder, capture_output=True, text=True, timeout=SECONDS)
        checks.check(done.returncode == 0, f"{at(page, line)}: {done.stderr[-2000:]}")


def anchors(page: pathlib.Path) -> set:
    """What GitHub and others make of the headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def prose(page: pathlib.Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)


def check_references(page: pathlib.Path, checks: Checks) -> None:
    text, where = prose(page), page.relative_to(ROOT)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if checks.check(file.exists(), f"{where}: links to {target}, which is not there") and anchor:
            checks.check(anchor in anchors(file), f"{where}: {target}: no such heading")
    for path in re.findall(rf"`((?:{SOURCES})/[^`]*)`", text):
        if not re.search(r"[ *{}<>A-Z]", path.replace("README", "").replace("CONTRIBUTING", "")):
            checks.check((ROOT / path).exists(), f"{where}: `{path}` is not there")
    for path, names in NAMED.findall(text):
        source = (ROOT / path).read_text() if (ROOT / path).exists() else ""
        for name in re.findall(r"`([\w:~]+)`", names):
            last = name.split("::")[-1]
            checks.check(re.search(rf"\b{last}\b", source), f"{where}: {path} has no {name}")


def check_metrics(checks: Checks) -> None:
    page = ROOT / "docs/observability.md"
    listed = set(re.findall(r"^\| `(netweave_\w+)` \|", page.read_text(), re.M))
    with tempfile.TemporaryDirectory() as folder, Gateway(pathlib.Path(folder)) as gateway:
        gateway.post("/o2ims/v1/resourcePools", b'{"name": "one"}')  # what is counted is there once it happened
        there = set(re.findall(r"^# TYPE (\w+) ", gateway.get("/metrics"), re.M))
    checks.check(listed == there, f"{page.relative_to(ROOT)}: lists {sorted(listed - there)}, lacks {sorted(there - listed)}")


def check_start(checks: Checks) -> None:
    """What the README shows of scripts/run is what scripts/run prints."""
    printed = re.findall(r"""printf ["'](try: .*?)\\n["'] """, (ROOT / "scripts/run").read_text())
    shown = next((text for _, text in blocks(ROOT / "README.md", "console") if "netweave ready" in text), "")
    wanted = [line.replace("%s", "http://127.0.0.1:8080") for line in printed]
    checks.check(wanted and [line for line in shown.splitlines() if line.startswith("try:")] == wanted,
                 f"README.md: scripts/run prints {wanted}")


def main() -> None:
    for tool in ("bash", "curl", "openssl"):
        if not shutil.which(tool):
            sys.exit(f"no {tool}")
    checks = Checks()
    for page in TEXTS:
        check_references(page, checks)
    for page in PAGES:
        check_code(page, checks)
        check_configurations(page, checks)
        run_commands(page, checks)
    check_metrics(checks)
    check_start(checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed or not checks.passed else 0)


main()

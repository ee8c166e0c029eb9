#!/usr/bin/env python3
"""The stages of scripts/test: a table of what is run, and the count of what it told.

Each stage needs certain folders of the tree and is skipped only where one is absent. A stage's command ends; its
doctest cases, pytest tests and script checks are added up. What fails is shown, and the stages after it still run.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
GATEWAY = BUILD / "gcc/servers/gateway/netweave-gateway"
INSTALLED = BUILD / "installed"
VENV = ROOT / ".venv"
SANITIZER = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": f"halt_on_error=1:print_stacktrace=1:suppressions={ROOT}/scripts/ubsan.supp",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}
SHOWN_LINES = 80  # of what failed


class Failed(Exception):
    """A command of a stage failed: its output."""


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0

    def add(self, other: "Count") -> None:
        self.passed += other.passed
        self.failed += other.failed


def run(*command, env=None, timeout=3600) -> str:
    """Runs to the end; gives the output. Raises Failed with it where the exit code is not 0."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, env={**os.environ, **(env or {})},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=timeout)
    if done.returncode != 0:
        words = " ".join(str(word) for word in command)
        raise Failed(f"$ {words}\n{done.stdout}\nexit code {done.returncode}")
    return done.stdout


def build(folder: str, *options, env=None, suites=()) -> None:
    """Builds all, or what the tests of those suites run. Files are compiled eight at a time: that takes a quarter of
    the time, since most of it goes into the headers that they share. That each is whole by itself, scripts/lint shows."""
    run("scripts/configure", BUILD / folder, "--unity=on", "-Dunity_size=8", *options, env=env)
    targets = set()
    if suites:
        run("ninja", "-C", BUILD / folder, "build.ninja")  # so that Meson knows of the tests that have come since
        for test in json.loads(run("meson", "introspect", "--tests", BUILD / folder)):
            if any(suite.partition(":")[2] in suites for suite in test["suite"]):
                words = [os.path.relpath(BUILD / folder / word, BUILD / folder) for word in test["cmd"] if "/" in word]
                targets.update(word for word in words if not word.startswith(".."))
    run("nice", "ninja", "-C", BUILD / folder, *sorted(targets))


def summary(text: str) -> Count:
    """Adds up the closing lines of doctest and of our own scripts in a test's output."""
    count = Count()
    for line in re.findall(r"^\[doctest\] test cases:.*$", text, re.M):
        count.passed += int(re.search(r"(\d+) passed", line).group(1))
        count.failed += int(re.search(r"(\d+) failed", line).group(1))
    for passed, failed in re.findall(r"^(\d+) passed, (\d+) failed$", text, re.M):
        count.passed += int(passed)
        count.failed += int(failed)
    return count


def meson_test(folder: str, *suites, env=None, multiplier=1) -> Count:
    """Runs suites of a build folder; a program that told no count is one check."""
    log = BUILD / folder / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    arguments = [word for suite in suites for word in ("--suite", suite)]
    failure = None
    try:
        run("nice", "meson", "test", "-C", BUILD / folder, "--no-rebuild", "--print-errorlogs", "-t", multiplier,
            *arguments, env=env)
    except Failed as error:
        failure = str(error)
    if not log.exists():
        if failure and "No suitable tests defined" not in failure:
            raise Failed(failure)
        return Count()
    count = Count()
    for line in log.read_text(errors="replace").splitlines():
        test = json.loads(line)
        told = summary(test.get("stdout", "") or "")
        if test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL"):
            told.failed = max(told.failed, 1)  # crashed, or timed out, with no count of its own
        elif test["result"] == "OK" and told.passed == 0:
            told.passed = 1
        count.add(told)
    if failure:
        show(failure)
        count.failed = max(count.failed, 1)
    return count


def venv(requirements: pathlib.Path | None = None) -> pathlib.Path:
    """The virtual environment's Python, with the packages of that file in it."""
    python = VENV / "bin/python"
    if not python.exists():
        run(sys.executable, "-m", "venv", VENV)
    if requirements and requirements.exists():
        key = hashlib.sha256(requirements.read_bytes()).hexdigest()
        mark = VENV / (requirements.parent.name + ".installed")
        if not mark.exists() or mark.read_text() != key:
            run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements)
            mark.write_text(key)
    return python


def pytest(python: pathlib.Path, folder: pathlib.Path, *arguments, env=None) -> Count:
    report = BUILD / f"pytest-{folder.parent.name}-{folder.name}.xml"
    report.unlink(missing_ok=True)
    failure = None
    try:
        run("nice", python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments, folder, env=env)
    except Failed as error:
        failure = str(error)
    if not report.exists():
        raise Failed(failure or "pytest wrote no report")
    count = Count()
    for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        count.failed += failed
        count.passed += int(suite.get("tests", 0)) - failed - int(suite.get("skipped", 0))
    if failure:
        show(failure)
        count.failed = max(count.failed, 1)
    return count


def show(text: str) -> None:
    lines = text.rstrip().splitlines()
    if len(lines) > SHOWN_LINES:
        lines = lines[:10] + [f"... {len(lines) - SHOWN_LINES} lines left out ..."] + lines[10 - SHOWN_LINES:]
    print("\n".join("    " + line for line in lines))


# The stages' bodies. Each gives a Count, or raises Failed.

def gcc_build() -> Count:
    build("gcc", "--buildtype=release", "-Dwerror=true", f"--prefix={INSTALLED}", "--libdir=lib")
    return Count()


def gcc_tests() -> Count:
    return meson_test("gcc", "unit", "conformance", "fuzz")


def house() -> Count:
    return meson_test("gcc", "house", multiplier=4)


def integration() -> Count:
    return meson_test("gcc", "integration", multiplier=4)


def install() -> Count:
    run("meson", "install", "-C", BUILD / "gcc", "--no-rebuild", "--quiet")
    return Count(1)


def examples() -> Count:
    """Compiles every example against the installed tree alone, and runs it."""
    flags = {"PKG_CONFIG_PATH": str(INSTALLED / "lib/pkgconfig")}
    names = ["netweave"] + (["netweave-http"] if (INSTALLED / "lib/pkgconfig/netweave-http.pc").exists() else [])
    folder = BUILD / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    count = Count()
    for source in sorted((ROOT / "examples").rglob("*.cpp")):
        program = folder / source.stem
        own = ["libpistache"] if "#include <pistache/" in source.read_text() else []
        try:
            options = run("pkg-config", "--cflags", "--libs", *names, *own, env=flags).split()
            run("ccache", "g++", "-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", "-c", source, "-o",
                f"{program}.o", *[o for o in options if o.startswith("-I")])
            run("g++", f"{program}.o", "-o", program, f"-Wl,-rpath,{INSTALLED}/lib", *options, "-pthread")
            run(program, timeout=60)
            count.passed += 1
        except (Failed, subprocess.TimeoutExpired) as error:
            show(f"{source.relative_to(ROOT)}: {error}")
            count.failed += 1
    return count


def end_to_end() -> Count:
    python = venv(ROOT / "tests/e2e/requirements.txt")
    env = {"NETWEAVE_GATEWAY": str(GATEWAY), "LD_LIBRARY_PATH": ""}
    # most of them wait: four files at once take less than half the time
    return pytest(python, ROOT / "tests/e2e", "-n", "4", "--dist", "loadfile", env=env)


def outer() -> Count:
    """Backends that take long to build, and the chaos of e2e for long."""
    python = venv(ROOT / "tests/e2e/requirements.txt")
    env = {"NETWEAVE_GATEWAY": str(GATEWAY), "LD_LIBRARY_PATH": ""}
    count = pytest(python, ROOT / "tests/outer", env=env)
    kills = os.environ.get("NETWEAVE_CHAOS_KILLS", "200")
    count.add(pytest(python, ROOT / "tests/e2e/test_chaos.py", env={**env, "NETWEAVE_CHAOS_KILLS": kills}))
    return count


def documents() -> Count:
    return summary(run(sys.executable, ROOT / "tests/docs/documents.py",
                       env={"NETWEAVE_GATEWAY": str(GATEWAY), "LD_LIBRARY_PATH": ""}))


def binding() -> Count:
    folder = ROOT / "bindings/python"
    python = venv(folder / "tests/requirements.txt")
    run("nice", python, "-m", "pip", "install", "-q", "--disable-pip-version-check", folder,
        env={"PKG_CONFIG_PATH": str(INSTALLED / "lib/pkgconfig")})
    return pytest(python, folder / "tests")


def core_only() -> Count:
    build("core", "--buildtype=debug", "-Dauto_features=disabled", "-Dtests=enabled", "-Dwerror=true")
    return meson_test("core", "unit", "conformance")


def clang_asan() -> Count:
    suites = ("unit", "conformance", "fuzz")
    build("asan", "--buildtype=debug", "-Doptimization=1", "-Db_sanitize=address,undefined", "-Db_lundef=false",
          "-Dwerror=true", "-Dcli=disabled", "-Dcpp_args=-g1", env={"CC": "clang", "CXX": "clang++", "CXX_LD": "lld"},
          suites=suites)
    return meson_test("asan", *suites, env=SANITIZER, multiplier=4)


def gcc_tsan() -> Count:
    # gcc warns that it does not instrument std::atomic_thread_fence, which is so whatever the code is; and instrumented
    # code defeats its own search for uninitialised values (an empty optional's inside), which the release build keeps
    suites = ("unit", "conformance")
    build("tsan", "--buildtype=debug", "-Doptimization=1", "-Db_sanitize=thread", "-Dwerror=true", "-Dcli=disabled",
          "-Dcpp_args=-g1 -Wno-tsan -Wno-maybe-uninitialized", suites=suites)
    return meson_test("tsan", *suites, env=SANITIZER, multiplier=6)


@dataclasses.dataclass
class Stage:
    name: str
    what: str
    body: object
    needs: tuple = ()      # folders of the tree
    after: tuple = ()      # stages that must have passed
    quick: bool = False
    by_name: bool = False  # run where it is named, and only there


STAGES = [
    Stage("gcc", "gcc release, warnings are errors", gcc_build, quick=True),
    Stage("unit", "unit, conformance, corpora", gcc_tests, needs=("tests/unit",), after=("gcc",), quick=True),
    Stage("house", "the rules of the tree", house, needs=("tests/house",), after=("gcc",), quick=True),
    Stage("integration", "beside a real kube-apiserver", integration, needs=("tests/integration", "tests/backends"),
          after=("gcc",)),
    Stage("e2e", "the program from outside", end_to_end, needs=("tests/e2e/requirements.txt", "servers/gateway"),
          after=("gcc",)),
    Stage("documents", "the documents' commands and references", documents, needs=("tests/docs", "servers/gateway"),
          after=("gcc",)),
    Stage("install", "the tree as it is installed", install, after=("gcc",)),
    Stage("examples", "built against the installed tree", examples, needs=("examples",), after=("install",)),
    Stage("binding", "Python binding", binding, needs=("bindings/python/pyproject.toml",), after=("install",)),
    Stage("core", "every feature off", core_only),
    Stage("asan", "clang, address and undefined behaviour", clang_asan),
    Stage("tsan", "gcc, threads", gcc_tsan),
    Stage("outer", "by name alone: Jaeger, promtool, 200 kills", outer,
          needs=("tests/outer", "tests/backends", "tests/e2e/requirements.txt", "servers/gateway"), after=("gcc",),
          by_name=True),
]


def perform(stage: Stage) -> Count:
    try:
        return stage.body()
    except Failed as error:
        show(str(error))
    except subprocess.TimeoutExpired as error:
        show(f"no end within {error.timeout:.0f} s: {error.cmd}\n{error.output or ''}")
    return Count(0, 1)


def choose(arguments: list) -> list:
    names = [word for word in arguments if not word.startswith("-")]
    unknown = set(names) - {stage.name for stage in STAGES}
    if unknown or set(arguments) - set(names) - {"--quick", "--list"}:
        sys.exit(f"usage: scripts/test [--quick] [--list] [{' | '.join(stage.name for stage in STAGES)}]...")
    chosen = [stage for stage in STAGES
              if (stage.name in names if names else "--list" in arguments or not stage.by_name)]
    return [stage for stage in chosen if stage.quick or "--quick" not in arguments]


def main(arguments: list) -> int:
    chosen = choose(arguments)
    if "--list" in arguments:
        for stage in chosen:
            print(f"{stage.name:12} {stage.what}")
        return 0
    BUILD.mkdir(exist_ok=True)
    total, bad = Count(), set()
    for stage in chosen:
        absent = [path for path in stage.needs if not (ROOT / path).exists()]
        blocked = [name for name in stage.after if name in bad]
        if absent or blocked:
            reason = f"no {absent[0]}" if absent else f"{blocked[0]} failed"
            print(f"{stage.name:12} skipped: {reason}")
            bad.update([stage.name] if blocked else [])
            continue
        begin = time.monotonic()
        count = perform(stage)
        total.add(count)
        if count.failed:
            bad.add(stage.name)
        print(f"{stage.name:12} {time.monotonic() - begin:5.0f} s  {count.passed} passed, {count.failed} failed"
              f"  ({stage.what})")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

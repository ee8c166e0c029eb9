#!/usr/bin/env python3
"""Public headers: the standard library and each other alone, no third party's type, and each compiles by itself.

    public_headers.py COMPILER...
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

from repo import ROOT, Checks, files, name

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
FOREIGN = re.compile(r"\b(asio|boost|rapidjson|spdlog|fmt|YAML|tl|re2|hiredis|prometheus|Pistache|CLI|nlohmann|pybind11)::"
                     r"|\b(sqlite3|CURLM?|SSL_CTX|EVP_\w+|redisContext)\b")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]


def without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


def compiles(compiler: list, header: str) -> str:
    """Empty where it does; else what the compiler says."""
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
        source.write(f'#include "{header}"\n#include "{header}"\n')
        source.flush()
        done = subprocess.run([*compiler, "-std=c++20", "-fsyntax-only", *WARNINGS, "-I", ROOT / "include", source.name],
                              capture_output=True, text=True)
        return done.stderr if done.returncode else ""


def main() -> None:
    checks = Checks()
    compiler = sys.argv[1:] or ["c++"]
    headers = files(".hpp", ".h", under="include/netweave/")
    checks.check(bool(headers), "include/netweave holds no header")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said_of = list(pool.map(lambda path: compiles(compiler, str(path.relative_to(ROOT / "include"))), headers))
    for path, said in zip(headers, said_of):
        text = path.read_text()
        for mark, included in INCLUDE.findall(text):
            ours = mark == '"' and included.startswith("netweave/") and (ROOT / "include" / included).exists()
            standard = mark == "<" and re.fullmatch(r"[a-z_0-9]+", included)
            checks.check(ours or bool(standard), f"{name(path)} includes {included}: only <standard> and \"netweave/...\"")
        foreign = FOREIGN.search(without_comments(text))
        checks.check(not foreign, f"{name(path)} names {foreign and foreign.group(0)}, a third party's")
        checks.check("#pragma once" in text, f"{name(path)} has no #pragma once")
        checks.check(not said, f"{name(path)} does not compile alone:\n{said}")
    checks.finish()


main()

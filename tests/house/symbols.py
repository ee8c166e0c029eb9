#!/usr/bin/env python3
"""What the shared libraries export is netweave:: and nothing else.

    symbols.py LIBRARY...
"""

import pathlib
import re
import shutil
import subprocess
import sys

from repo import SKIPPED, Checks

# a function, a variable, or what the compiler makes for a class of ours
OURS = re.compile(r"(vtable for |typeinfo for |typeinfo name for |VTT for |guard variable for |construction vtable for |"
                  r"(non-)?virtual thunk to )?netweave::")


def exported(library: pathlib.Path) -> list:
    """Defined dynamic symbols, demangled, but for the version script's own node."""
    lines = subprocess.run(["nm", "-D", "-C", "--defined-only", library], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    symbols = [line.split(maxsplit=2)[1:] for line in lines if len(line.split(maxsplit=2)) == 3]
    return [name for kind, name in symbols if kind != "A"]


def main() -> None:
    libraries = [pathlib.Path(argument) for argument in sys.argv[1:]]
    libraries = [library for library in libraries if library.exists()]
    if not libraries or not shutil.which("nm"):
        sys.exit(SKIPPED)
    checks = Checks()
    for library in libraries:
        symbols = exported(library)
        checks.check(bool(symbols), f"{library.name} exports nothing")
        for symbol in symbols:
            # a template's symbol begins with what it returns: its own name stands before its arguments
            own = re.sub(r"^.*?(?=netweave::)", "", symbol) if symbol.split("(")[0].count("netweave::") else symbol
            foreign = not OURS.match(own) or re.match(r"(std|__gnu_cxx|boost|asio|fmt|spdlog|rapidjson)::", symbol)
            checks.check(not foreign, f"{library.name} exports {symbol}")
    checks.finish()


main()

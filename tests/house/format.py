#!/usr/bin/env python3
"""All C++ files are formatted as .clang-format says, by the one version whose word counts (14, Debian 12's)."""

import re
import shutil
import subprocess
import sys

from repo import ROOT, SKIPPED, Checks, files, name

VERSION = "14"


def main() -> None:
    program = shutil.which(f"clang-format-{VERSION}") or shutil.which("clang-format")
    if not program:
        sys.exit(SKIPPED)
    told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"version (\d+)", told)
    if not version or version.group(1) != VERSION:
        print(f"skipped: {told.strip()}")  # each version formats a little otherwise
        sys.exit(SKIPPED)
    checks = Checks()
    for path in files(".cpp", ".hpp"):
        done = subprocess.run([program, "--dry-run", "-Werror", path], cwd=ROOT, capture_output=True, text=True)
        first = done.stderr.splitlines()[0] if done.stderr else ""
        checks.check(done.returncode == 0, f"{name(path)}: scripts/format ({first})")
    checks.finish()


main()

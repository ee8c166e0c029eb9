#!/usr/bin/env python3
"""Scripts run: each parses, is executable and begins with its interpreter."""

import ast
import os
import subprocess

from repo import Checks, files, name


def main() -> None:
    checks = Checks()
    for path in files():
        head = path.read_bytes()[:64]
        shell = head.startswith(b"#!/usr/bin/env bash") or head.startswith(b"#!/bin/sh")
        if shell:
            done = subprocess.run(["bash", "-n", path], capture_output=True, text=True)
            checks.check(done.returncode == 0, f"{name(path)}: {done.stderr}")
        if head.startswith(b"#!") and path.parent.name in ("scripts", ".ci", "backends"):
            checks.check(os.access(path, os.X_OK), f"{name(path)} is not executable")
        if path.suffix == ".py":
            try:
                ast.parse(path.read_text())
                checks.check(True, "")
            except SyntaxError as error:
                checks.check(False, f"{name(path)}: {error}")
    checks.finish()


main()

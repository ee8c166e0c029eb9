"""What the house tests share: the tree's files, and checks that are counted."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED = 77  # Meson's exit code of a test that can't be run here


def files(*suffixes: str, under: str = "") -> list:
    """The tree's own files: what git tracks or would track; without git, all but what builds make."""
    try:
        listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                  if not {".git", ".venv", "build", "__pycache__"} & set(path.relative_to(ROOT).parts)]
    found = [ROOT / name for name in sorted(set(listed)) if name.startswith(under) and (ROOT / name).is_file()]
    return [path for path in found if not suffixes or path.suffix in suffixes]


def name(path: pathlib.Path) -> str:
    return os.path.relpath(path, ROOT)


class Checks:
    """Counts; `finish` prints the line that scripts/test adds up, and ends the program."""

    def __init__(self):
        self.passed = 0
        self.faults = []

    def check(self, good: bool, message: str) -> bool:
        if good:
            self.passed += 1
        else:
            self.faults.append(message)
            print("FAILED: " + message)
        return good

    def finish(self) -> None:
        print(f"{self.passed} passed, {len(self.faults)} failed")
        sys.exit(1 if self.faults else 0)

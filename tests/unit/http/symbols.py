#!/usr/bin/env python3
"""libnetweave-http exports netweave::http::NativeServer and nothing else: no Asio, no Boost, nothing of lib/base."""
import subprocess
import sys

listing = subprocess.run(["nm", "-DC", "--defined-only", sys.argv[1]], check=True, capture_output=True, text=True).stdout
names = [line.split(" ", 2)[2] for line in listing.splitlines()]
foreign = [name for name in names if not name.startswith("netweave::http::NativeServer::")]
print(f"{len(names)} symbols, {len(foreign)} that should not be there", *foreign, sep="\n")
sys.exit(1 if foreign or not names else 0)

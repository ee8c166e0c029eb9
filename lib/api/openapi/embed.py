#!/usr/bin/env python3
"""Writes files as C++: embed.py OUTPUT.cpp HEADER NAMESPACE FUNCTION=FILE... gives `std::string_view FUNCTION()`."""

import pathlib
import sys

PIECE = 8192  # bytes of one literal; those that stand together are one text


def literal(data: bytes) -> str:
    plain = {byte: chr(byte) for byte in range(32, 127)}
    plain.update({ord('"'): '\\"', ord("\\"): "\\\\", ord("?"): "\\?"})
    return '"' + "".join(plain.get(byte, f"\\{byte:03o}") for byte in data) + '"'


def main() -> None:
    output, header, namespace, *functions = sys.argv[1:]
    lines = [f'#include "{header}"', "", '#pragma GCC diagnostic ignored "-Woverlength-strings"', "",
             f"namespace {namespace} {{", ""]
    for function in functions:
        name, _, path = function.partition("=")
        data = pathlib.Path(path).read_bytes()
        pieces = [literal(data[i:i + PIECE]) for i in range(0, len(data), PIECE)]
        lines += [f"std::string_view {name}() noexcept {{", "  static constexpr char bytes[] =",
                  *("      " + piece for piece in pieces), "      ;", f"  return {{bytes, {len(data)}}};", "}", ""]
    lines += [f"}}  // namespace {namespace}", ""]
    pathlib.Path(output).write_text("\n".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Habits of the code that a compiler does not hold: coroutines name what they await, the library keeps quiet."""

import re

from repo import Checks, files, name

# What a library must leave to the program that embeds it.
LOUD = {
    r"\bstd::c(out|err|log)\b": "prints",
    r"(?<![\w:.>])(std::)?f?printf\s*\(": "prints",
    r"(?<![\w:.>])(std::)?(exit|_exit|quick_exit|abort|terminate)\s*\(": "ends the process",
    r"(?<![\w:.>])(std::)?(signal|sigaction|setlocale|setenv|putenv)\s*\(": "changes the process",
    r"\bstd::locale::global\b": "changes the locale",
    r"\bspdlog::(register_logger|set_default_logger|get|drop_all|info|warn|error|debug)\b": "touches spdlog's registry",
    r"\batomic<\s*std::shared_ptr": "uses what TSan reports in libstdc++ 12",
}
YAML_READERS = ("lib/config/yaml.cpp", "lib/adapters/ims/kubernetes/kubeconfig.cpp")
YAML = re.compile(r'#\s*include\s*<yaml-cpp/')


def blank(text: str) -> str:
    """The code with comments and literals blanked, lines kept."""
    pattern = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.S)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group(0)), text)


def statement_around(code: str, at: int) -> str:
    """The statement that a co_await at that place stands in: from the brace or semicolon before to the end."""
    begin = max(code.rfind(mark, 0, at) for mark in ";{}") + 1
    depth = 0
    for end in range(at, len(code)):
        if code[end] in "([{":
            depth += 1
        elif code[end] in ")]}":
            depth -= 1
            if depth < 0:
                return code[begin:end]
        elif code[end] == ";" and depth == 0:
            return code[begin:end]
    return code[begin:]


def await_fault(statement: str) -> str:
    """What g++ 12.2 destroys twice or miscompiles inside an expression with co_await; empty where nothing does."""
    body = statement[statement.index("co_await"):]
    if "?" in statement:
        return "a ?: in one expression with co_await"
    if re.search(r"\[[^\]]*\]\s*[({]", body) and re.search(r"\[\s*[&=\w]", body) and "{" in body:
        return "a capturing lambda in one expression with co_await"
    if "{" in body:
        return "braces in one expression with co_await"
    return ""


def check_awaits(path, code: str, checks: Checks) -> None:
    for found in re.finditer(r"\bco_await\b", code):
        fault = await_fault(statement_around(code, found.start()))
        line = code.count("\n", 0, found.start()) + 1
        checks.check(not fault, f"{name(path)}:{line}: {fault}: name it, then await it")


def self_test(checks: Checks) -> None:
    good = ["co_await wait(timer);", "auto n = co_await read(buffer, token);", "if (co_await done(x)) {", "x[0] = co_await f(y[1]);"]
    bad = ["co_await send(Reply{1, 2});", "co_await run([&] { return 1; });", "auto v = flag ? co_await a() : b();",
           "co_await post({1});"]
    for text in good:
        checks.check(not await_fault(statement_around(text, text.index("co_await"))), f"the scan refuses {text}")
    for text in bad:
        checks.check(bool(await_fault(statement_around(text, text.index("co_await")))), f"the scan allows {text}")


def main() -> None:
    checks = Checks()
    self_test(checks)
    for path in files(".cpp", ".hpp", under="lib/"):
        text = path.read_text(errors="replace")
        code = blank(text)
        for pattern, does in LOUD.items():
            found = re.search(pattern, code)
            line = code.count("\n", 0, found.start()) + 1 if found else 0
            checks.check(not found, f"{name(path)}:{line} {does} ({found and found.group(0).strip()})")
        if "co_await" in code:
            checks.check("lib/http/" in name(path), f"{name(path)}: coroutines stay inside lib/http/")
            check_awaits(path, code, checks)
        if YAML.search(text):
            checks.check(name(path) in YAML_READERS, f"{name(path)}: yaml-cpp is for {' and '.join(YAML_READERS)} alone")
    checks.finish()


main()

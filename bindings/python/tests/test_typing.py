"""What the type stub says is what the module has, both ways; so is __all__."""

import ast
import inspect
import pathlib
import re
import subprocess
import sys

import netweave
from netweave import _netweave

PACKAGE = pathlib.Path(netweave.__file__).parent
SOURCES = pathlib.Path(__file__).parent.parent / "src"


def parameters(function):
    return [one.arg for one in function.args.args + function.args.kwonlyargs]


def stub():
    """{name: parameters} of functions, {class: {member: parameters, or None for a property}} of classes."""
    told = {}
    for node in ast.parse((PACKAGE / "_netweave.pyi").read_text()).body:
        if isinstance(node, ast.AnnAssign):
            told[node.target.id] = None
        if isinstance(node, ast.ClassDef):
            told[node.name] = {}
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    attribute = any(getattr(one, "id", "") == "property" for one in member.decorator_list)
                    told[node.name][member.name] = None if attribute else parameters(member)
    return told


def in_docstring(function):
    """pybind11 writes the signature into the first line: `next(self: Events, seconds: object) -> object`."""
    inner = re.search(r"\((.*)\)", function.__doc__.splitlines()[0]).group(1)
    return re.findall(r"(?:^|, )\*{0,2}(\w+)(?:: |$|,)", inner)


def is_public(name):
    return not name.startswith("_") or name in ("__enter__", "__exit__", "__init__", "__version__")


def test_the_stub_has_the_names_of_the_module():
    assert set(stub()) == {name for name in vars(_netweave) if is_public(name)}


def test_the_stub_has_the_members_of_each_class():
    for name, members in stub().items():
        if members is None:
            continue
        kind = getattr(_netweave, name)
        own = {member for member in vars(kind) if is_public(member)}
        assert set(members) == own - (set() if "__init__" in members else {"__init__"}), name
        for member, arguments in members.items():
            if arguments is None:
                assert isinstance(inspect.getattr_static(kind, member), property), (name, member)
            elif member != "__exit__":
                assert in_docstring(getattr(kind, member)) == arguments, (name, member)


def mypy(*arguments, cwd):
    return subprocess.run([sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *arguments], cwd=cwd,
                          capture_output=True, text=True, timeout=300)


def test_the_sources_are_typed_strictly(tmp_path):
    assert (PACKAGE / "py.typed").exists()
    done = mypy("--cache-dir", tmp_path, "-p", "netweave", "-m", "pytest_netweave", cwd=SOURCES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


RIGHT = """
import netweave
from netweave.testing import Sink

def use(client: netweave.Client, sink: Sink) -> float:
    pool: netweave.ResourcePool = client.resource_pools.create(netweave.ResourcePool(name="x"))
    pool.description = "edge"
    names: list[str] = [one.name for one in client.resource_pools.list(location="zone", sort=["name"], limit=5)]
    found = client.resources.list((netweave.field("extensions.cpu.cores") >= 32) & (netweave.field("vendor") == "x"))
    event: netweave.Notification = sink.expect(lambda e: e.sequence > 1)
    managers = client.deployment_managers.list()
    return max(one.capacity.total_cpu or 0.0 for one in managers if one.capacity is not None)
"""
WRONG = {
    "client.resource_pools.create(netweave.Resource())": "arg-type",
    "client.resources.list(colour='red')": "call-arg",
    "client.resources.list(limit='x')": "arg-type",
    "client.o_cloud().name = 'x'": "misc",
    "client.resources.get('x').location": "attr-defined",
    "netweave.ResourcePool('x')": "call-arg",
    "client.deployment_managers.delete('x')": "attr-defined",
}


def test_a_users_program_is_checked(tmp_path):
    """What is right passes, and each mistake is found in its line."""
    lines = [f"    {line}" for line in WRONG]
    (tmp_path / "right.py").write_text(RIGHT)
    head = ["import netweave", "def use(client: netweave.Client) -> None:"]
    (tmp_path / "wrong.py").write_text("\n".join(head + lines))
    done = mypy("--cache-dir", tmp_path / "cache", "right.py", "wrong.py", cwd=tmp_path)
    found = re.findall(r"(\w+)\.py:(\d+): error: .*\[([\w-]+)\]", done.stdout)
    wanted = [("wrong", str(line + 3), code) for line, code in enumerate(WRONG.values())]
    assert found == wanted, done.stdout + done.stderr


def test_all_names_what_there_is():
    public = {name for name, value in vars(netweave).items()
              if not name.startswith("_") and not inspect.ismodule(value)}
    assert public | {"__version__"} == set(netweave.__all__)


def test_every_kind_of_error_has_a_class():
    from netweave.errors import KINDS
    kinds = "invalid not_found conflict precondition exhausted unavailable timeout unimplemented denied " \
            "unauthenticated cancelled internal"
    assert set(KINDS) == set(kinds.split())
    for kind, one in KINDS.items():
        assert issubclass(one, netweave.Error) and one("x").kind == kind and getattr(netweave, one.__name__) is one


def test_every_title_of_a_problem_has_a_class_of_its_own():
    from netweave.errors import TITLES
    titles = "BadRequest Unauthorized Forbidden NotFound MethodNotAllowed Conflict Gone PreconditionFailed " \
             "PayloadTooLarge UnsupportedMediaType UnprocessableEntity QuotaExceeded RateLimited NotImplemented " \
             "BackendError BackendUnavailable BackendTimeout Internal"
    assert set(TITLES) == set(titles.split()) and len(set(TITLES.values())) == len(TITLES)
    for title, one in TITLES.items():
        assert issubclass(one, netweave.Error) and one("x").title == title and getattr(netweave, one.__name__) is one

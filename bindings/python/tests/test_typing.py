"""What the type stub says is what the module has, both ways; so is __all__."""

import ast
import inspect
import pathlib
import re

import netweave
from netweave import _netweave

PACKAGE = pathlib.Path(netweave.__file__).parent


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


def test_the_package_is_marked_as_typed_and_annotated():
    assert (PACKAGE / "py.typed").exists()
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                missing = [one.arg for one in node.args.args if one.annotation is None and one.arg != "self"]
                assert not missing and node.returns is not None, (file.name, node.name, missing)


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

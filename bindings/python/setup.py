"""Builds the extension against the libnetweave that pkg-config finds; everything else is in pyproject.toml."""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

import pybind11
from pybind11.setup_helpers import ParallelCompile, Pybind11Extension, build_ext
from setuptools import setup

MISSING = """netweave: pkg-config does not find the library "netweave", which this binding is built against.

Build and install it from the top of the source tree:
    scripts/setup                       # once: the packages that it is built from
    meson setup build/install --buildtype=release -Dtests=disabled --prefix=$HOME/.local --libdir=lib
    ninja -C build/install install
then run pip again with the installed library in sight:
    PKG_CONFIG_PATH=$HOME/.local/lib/pkgconfig pip install ./bindings/python
"""


def pkg_config(*arguments):
    """The words that pkg-config answers; None where it says no."""
    done = subprocess.run(["pkg-config", *arguments], capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else None


def native_flags():
    """Include folders, library folders, libraries and macros of what is installed."""
    if not shutil.which("pkg-config"):
        sys.exit("netweave: pkg-config is not there: install it (apt-get install pkg-config)")
    if pkg_config("--exists", "netweave") is None:
        sys.exit(MISSING)
    names, macros = ["netweave"], []
    if pkg_config("--exists", "netweave-http") is not None:
        names.append("netweave-http")
        macros.append(("NETWEAVE_PYTHON_HTTP", "1"))
    words = pkg_config("--cflags", "--libs", *names)
    folders = [pkg_config("--variable=libdir", name)[0] for name in names]
    return {
        "include_dirs": [word[2:] for word in words if word.startswith("-I")],
        "library_dirs": folders,
        "runtime_library_dirs": folders,  # import must not need LD_LIBRARY_PATH
        "libraries": [word[2:] for word in words if word.startswith("-l")],
        "define_macros": macros,
    }


def use_ccache():
    """Every build compiles anew, since setuptools can't see that the library has changed: ccache makes it cheap."""
    if shutil.which("ccache"):
        for variable in ("CC", "CXX"):
            os.environ.setdefault(variable, "ccache " + sysconfig.get_config_var(variable).split()[0])


def pybind11_folder():
    """A path of pybind11's headers that is the same in every build: pip's own differs, and ccache would never hit."""
    link = pathlib.Path("build/pybind11")
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(pybind11.get_include())
    return str(link)


os.chdir(pathlib.Path(__file__).resolve().parent)
use_ccache()
ParallelCompile("NETWEAVE_BUILD_JOBS").install()  # as many as there are processors
flags = native_flags()
includes = list(flags["include_dirs"])  # the constructor adds to what it is given
extension = Pybind11Extension(
    "netweave._netweave",
    sorted(map(str, pathlib.Path("cpp").glob("*.cpp"))),
    depends=sorted(map(str, pathlib.Path("cpp").glob("*.hpp"))),
    cxx_std=20,
    extra_compile_args=["-O2", "-Wall", "-Wextra", "-fvisibility=hidden", "-fvisibility-inlines-hidden"],
    **flags,
)
extension.include_dirs = includes + [pybind11_folder()]
setup(version=pkg_config("--modversion", "netweave")[0], ext_modules=[extension], cmdclass={"build_ext": build_ext},
      options={"build_ext": {"force": True}})

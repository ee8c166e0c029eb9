"""Completion, in the shells themselves: what a person gets who presses the tab key."""

import os
import pathlib
import shutil
import subprocess

import pytest

from client import CLIENT, Client
from gateway import Gateway
from stub import Stub


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    generate = {"pools": 3, "resources": 5, "resource_types": 1, "seed": 7}
    with Gateway(folder, adapters=[{"name": "sim", "type": "simulator", "config": {"generate": generate}}]) as gateway:
        yield gateway.wait_ready()


@pytest.fixture
def netweave(gateway, tmp_path):
    client = Client(tmp_path, f"http://127.0.0.1:{gateway.port}")
    client.environment["PATH"] = f"{pathlib.Path(CLIENT).parent}:{os.environ['PATH']}"
    return client


def bash(netweave, line, breaks=None):
    """What bash is given for the line, the way readline splits it."""
    setting = f"COMP_WORDBREAKS=$'{breaks}'" if breaks is not None else ""
    script = f"""{setting}
source <(netweave completion bash)
COMP_LINE=$1 COMP_POINT=${{#1}}
COMP_WORDS=(); COMP_CWORD=0
_netweave
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "--norc", "-c", script, "bash", line], env=netweave.environment, cwd=netweave.home,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "netweave" not in done.stderr.replace("compopt", ""), done.stderr
    return [word for word in done.stdout.splitlines() if word]


@pytest.mark.parametrize("line, words", [
    ("netweave de", ["describe", "delete"]),
    ("netweave config ", ["get-contexts", "current-context", "use-context", "set-context", "delete-context", "view"]),
    ("netweave --context lab pat", ["patch"]),
    ("netweave get --show", ["--show-labels"]),
    ("netweave get pools --no", ["--no-headers"]),
    ("netweave get -o ", ["table", "wide", "json", "yaml", "name"]),
    ("netweave create -o ", ["text", "json", "yaml", "name"]),
    ("netweave get --output ya", ["yaml"]),
    ("netweave completion ", ["bash", "zsh", "fish"]),
    ("netweave get resourceP", ["resourcePools"]),
    ("netweave get dm,resourceP", ["dm,resourcePools"]),
    ("netweave describe pool ", ["sim-pool-0000", "sim-pool-0001", "sim-pool-0002"]),
    ("netweave delete pool sim-pool-0000 ", ["sim-pool-0001", "sim-pool-0002"]),
    ("netweave get pool/sim-pool-0002", ["pool/sim-pool-0002"]),
    ("netweave get nonsense ", []),
    ("netweave get ocloud ", []),
    ("netweave get pools --limit ", []),
])
def test_bash(netweave, line, words):
    assert sorted(bash(netweave, line)) == sorted(words)


def test_bash_completes_files_and_contexts(netweave):
    for name in ("many.yaml", "more.json"):
        (netweave.home / name).write_text("")
    netweave("config", "set-context", "lab", "--server", "http://lab")
    netweave("config", "set-context", "later", "--server", "http://lab")
    assert sorted(bash(netweave, "netweave create -f m")) == ["many.yaml", "more.json"]
    assert bash(netweave, "netweave get --context la") == ["lab", "later"]
    assert bash(netweave, "netweave config use-context lat") == ["later"]
    assert bash(netweave, "netweave config delete-context ") == ["lab", "later"]


def test_bash_completes_ids_that_hold_colons_and_values_behind_an_equals_sign(netweave, gateway):
    gateway.post("/o2ims/v1/resourcePools", {"resourcePoolId": "urn:rack:7", "name": "R"})
    try:
        assert bash(netweave, "netweave get pool urn:r", breaks=r" \t\n=:") == ["rack:7"]
        assert bash(netweave, "netweave get pool urn:r", breaks=r" \t\n") == ["urn:rack:7"]
        assert bash(netweave, "netweave get --output=w", breaks=r" \t\n=:") == ["wide"]
        assert bash(netweave, "netweave get --output=w", breaks=r" \t\n") == ["--output=wide"]
    finally:
        gateway.request("DELETE", "/o2ims/v1/resourcePools/urn:rack:7")


def test_ids_come_from_the_gateway_that_the_line_names(netweave, gateway):
    server = netweave.environment.pop("NETWEAVE_SERVER")
    netweave("config", "set-context", "sim", "--server", server)
    netweave("config", "set-context", "lost", "--server", "http://127.0.0.1:1")
    netweave("config", "use-context", "lost")
    assert bash(netweave, "netweave get pool ") == []
    assert len(bash(netweave, "netweave get pool --context sim ")) == 3
    assert len(bash(netweave, f"netweave --server {server} get pool ")) == 3
    assert len(bash(netweave, "netweave get --context=sim pool ")) == 3


def test_v2_is_asked_for_the_prefix_alone(tmp_path):
    def answer(asked):
        if asked.route == "/o2ims":
            return 200, {}, {"versions": [{"version": "v2"}]}
        return 200, {}, {"items": [{"resourceId": "a.b-1"}], "total": 1}
    with Stub(answer) as stub:
        assert Client(tmp_path, stub.url)("__complete", "get", "res", "a.b").lines == ["a.b-1"]
        assert dict(stub.asked[-1].query) == {"limit": "1000", "fields": "resourceId", "resourceId[regex]": r"^a\.b"}


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
@pytest.mark.parametrize("line, words", [
    ("netweave de", {"describe", "delete"}),
    ("netweave get -o ", {"table", "wide", "json", "yaml", "name"}),
    ("netweave get pools --sho", {"--show-labels"}),
    ("netweave config use", {"use-context"}),
    ("netweave describe pool sim-pool-000", {"sim-pool-0000", "sim-pool-0001", "sim-pool-0002"}),
])
def test_zsh(netweave, line, words):
    """A zsh on a terminal of its own: the line is typed, then the key that lists what is possible."""
    script = r"""
zmodload zsh/zpty
zpty shell "zsh -f -i"
zpty -w shell "PROMPT= ; stty -echo; unsetopt zle_bracketed_paste 2>/dev/null; autoload -U compinit && compinit -u -D; source <(netweave completion zsh)"
zpty -w shell "listed() { compadd -O found \"\$@\"; builtin compadd \"\$@\" }"
zpty -w shell "report() { local -a all; compadd() { local -a hits; builtin compadd -O hits \"\$@\"; print -rl -- \$hits >>$2; builtin compadd \"\$@\" }; _main_complete; unfunction compadd; echo end >>$2 }"
zpty -w shell "zle -C report list-choices report; bindkey '^T' report; echo ready >$2"
while [[ ! -s $2 ]]; do zpty -r -t shell junk; done
zpty -w -n shell "$1"$'\x14'
while ! grep -q '^end' $2; do zpty -r -t shell junk; done
zpty -d shell
"""
    out = netweave.home / "listed"
    subprocess.run(["zsh", "-f", "-c", script, "zsh", line, str(out)], env=netweave.environment, cwd=netweave.home,
                   capture_output=True, text=True, timeout=60)
    assert words <= set(out.read_text().split()) - {"ready", "end"}


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
@pytest.mark.parametrize("line, words", [
    ("netweave de", {"describe", "delete"}),
    ("netweave get -o ", {"table", "wide", "json", "yaml", "name"}),
    ("netweave get pools --sho", {"--show-labels"}),
    ("netweave config use", {"use-context"}),
    ("netweave describe pool sim-pool-000", {"sim-pool-0000", "sim-pool-0001", "sim-pool-0002"}),
])
def test_fish(netweave, line, words):
    done = subprocess.run(["fish", "-N", "-c", f"netweave completion fish | source; complete -C '{line}'"],
                          env=netweave.environment, cwd=netweave.home, capture_output=True, text=True, timeout=60)
    assert {found.split("\t")[0] for found in done.stdout.splitlines()} == words, done.stderr

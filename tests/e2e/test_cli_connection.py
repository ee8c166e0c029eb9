"""How netweave reaches a gateway: contexts and their file, flags, environment, TLS, tokens, versions of the API."""

import json
import socket
import stat
import threading

import pytest

from client import Client
from stub import Certificates, Stub


def gateway(versions=("v1",), answer=None):
    """Answers as a gateway of those versions: a list of one pool for everything, but what `answer` gives."""
    def respond(asked):
        if asked.route.endswith("/o2ims"):
            return 200, {}, {"versions": [{"version": version} for version in versions]}
        return (answer and answer(asked)) or (200, {}, {"items": [{"resourcePoolId": "p", "name": "P"}], "total": 1})
    return respond


@pytest.fixture
def stub():
    with Stub(gateway()) as stub:
        yield stub


@pytest.fixture
def netweave(tmp_path):
    return Client(tmp_path)


# the file of contexts

def test_set_use_get_current_delete(netweave):
    assert netweave("config", "set-context", "lab", "--server", "http://lab:8080").out == \
        'context "lab" created, and current\n'
    assert netweave("config", "set-context", "prod", "-s", "https://prod", "--token", "abc").out == 'context "prod" created\n'
    assert netweave("config", "current-context").out == "lab\n"
    assert netweave("config", "use-context", "prod").out == 'switched to context "prod"\n'
    lines = [line.split() for line in netweave("config", "get-contexts").lines]
    assert lines == [["CURRENT", "NAME", "SERVER", "CREDENTIAL"], ["lab", "http://lab:8080", "<none>"],
                     ["*", "prod", "https://prod", "token"]]
    assert netweave("config", "get-contexts", "-o", "name").lines == ["lab", "prod"]
    assert "it was the current one" in netweave("config", "delete-context", "prod").err
    assert "there is no current context" in netweave("config", "current-context", code=3).err
    assert netweave("config", "use-context", "prod", code=3).err == \
        'error: there is no context "prod"; there are lab\n'


def test_the_file_is_the_owners_alone(netweave):
    netweave("config", "set-context", "lab", "--server", "http://lab", "--token", "abc")
    assert stat.S_IMODE(netweave.contexts.stat().st_mode) == 0o600
    assert stat.S_IMODE(netweave.contexts.parent.stat().st_mode) == 0o700
    netweave.contexts.chmod(0o644)
    assert "others may read the tokens" in netweave("config", "view").err
    netweave("config", "set-context", "lab", "--tls-server-name", "x")
    assert stat.S_IMODE(netweave.contexts.stat().st_mode) == 0o600


def test_view_leaves_tokens_out_unless_raw(netweave):
    netweave("config", "set-context", "lab", "--server", "http://lab", "--token", "hunter2")
    shown = netweave("config", "view").out
    assert "hunter2" not in shown and "token: REDACTED" in shown
    assert netweave("config", "view", "--raw").out == netweave.contexts.read_text()
    assert "token: hunter2" in netweave("config", "view", "--raw").out


def test_set_context_changes_and_unsets(netweave, tmp_path):
    netweave("config", "set-context", "lab", "--server", "http://lab", "--token", "abc")
    assert netweave("config", "set-context", "--current", "--token-file", "secret", "--request-timeout", "5s").out == \
        'context "lab" modified\n'
    assert netweave.contexts.read_text() == f"""current-context: lab
contexts:
- name: lab
  server: http://lab
  token-file: {netweave.home}/secret
  request-timeout: "5s"
"""
    netweave("config", "set-context", "lab", "--unset", "token-file", "--unset", "request-timeout")
    assert "token-file" not in netweave.contexts.read_text()


@pytest.mark.parametrize("arguments, says", [
    (["lab"], "server: is missing"),
    (["lab", "--server", "lab:8080"], "server: must begin with http:// or https://"),
    (["lab", "--server", "http://"], "server: names no host"),
    (["lab", "--server", "http://user:secret@lab"], "must hold no user or password"),
    (["lab", "--server", "http://lab?x=1"], "must end before ?"),
    (["lab", "--server", "http://lab", "--cert", "c.pem"], "client-key: is missing"),
    (["lab", "--server", "http://lab", "--token", "a b"], "token: must be without blanks"),
    (["lab", "--server", "http://lab", "--api-version", "v9"], "must be v1, v2 or v3"),
    (["lab", "--server", "http://lab", "--request-timeout", "soon"], "must be a duration"),
    (["lab", "--server", "http://lab", "--unset", "nonsense"], 'a context has no "nonsense"'),
    (["--server", "http://lab"], "name the context"),
    (["lab", "--current"], "name the context"),
])
def test_a_context_that_can_not_be_is_2_and_the_file_stays(netweave, arguments, says):
    done = netweave("config", "set-context", *arguments, code=2)
    assert says in done.err and "secret" not in done.err
    assert not netweave.contexts.exists()


def test_a_faulty_file_is_2_with_its_lines(netweave):
    netweave.contexts.parent.mkdir(parents=True)
    netweave.contexts.write_text("""contexts:
- name: a
  servr: http://a
- name: a
  server: ftp://b
colour: red
""")
    done = netweave("get", "pools", code=2)
    path = netweave.contexts
    assert f'{path}:3: contexts[0].servr: unknown key; did you mean "server"?' in done.err
    assert f"{path}:4: contexts[1].name: there are two of that name" in done.err
    assert f"{path}:4: contexts[1].server: must begin with http:// or https://" in done.err
    assert f"{path}:6: colour: unknown key" in done.err


def test_where_the_file_is(netweave, tmp_path):
    named = tmp_path / "named.yaml"
    for arguments, variables in ((["--config", str(named)], {}), ([], {"NETWEAVE_CONFIG": str(named)})):
        netweave("config", "set-context", "lab", "--server", "http://lab", *arguments, **variables)
        assert "lab" in named.read_text() and not netweave.contexts.exists()
        named.unlink()
    other = tmp_path / "xdg"
    netweave("config", "set-context", "lab", "--server", "http://lab", XDG_CONFIG_HOME=str(other))
    assert (other / "netweave/config.yaml").exists()


def test_a_gateways_configuration_under_the_same_variable_is_passed_over(netweave, tmp_path):
    gateways = tmp_path / "gateway.yaml"
    gateways.write_text("server: {port: 8080}\nadapters: []\n")
    netweave("config", "set-context", "lab", "--server", "http://lab", NETWEAVE_CONFIG=str(gateways))
    assert gateways.read_text() == "server: {port: 8080}\nadapters: []\n"
    assert netweave.contexts.exists()


def test_a_link_to_the_file_stays_one(netweave, tmp_path):
    real = tmp_path / "real.yaml"
    real.write_text("")
    link = tmp_path / "link.yaml"
    link.symlink_to(real)
    netweave("config", "set-context", "lab", "--server", "http://lab", "--config", link)
    assert link.is_symlink() and "lab" in real.read_text()


def test_changes_at_once_lose_nothing(netweave):
    names = [f"c{number}" for number in range(12)]
    threads = [threading.Thread(target=netweave, args=("config", "set-context", name, "--server", "http://x"))
               for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(netweave("config", "get-contexts", "-o", "name").lines) == sorted(names)


# which context, which server

def test_a_context_is_where_commands_go(netweave, stub):
    netweave("config", "set-context", "lab", "--server", stub.url + "/edge/", "--token", "of-lab")
    assert netweave("get", "pools", "-o", "name").out == "resourcepool/p\n"
    assert [asked.route for asked in stub.asked] == ["/edge/o2ims", "/edge/o2ims/v1/resourcePools"]
    assert {asked.headers["authorization"] for asked in stub.asked} == {"Bearer of-lab"}
    assert stub.asked[0].headers["user-agent"].startswith("netweave/")


def test_flags_win_over_the_environment_and_that_over_the_current_context(netweave, stub):
    netweave("config", "set-context", "here", "--server", stub.url)
    netweave("config", "set-context", "lost", "--server", "http://127.0.0.1:1")
    netweave("config", "use-context", "lost")
    netweave("get", "pools", code=4)
    netweave("get", "pools", NETWEAVE_CONTEXT="here")
    netweave("get", "pools", NETWEAVE_SERVER=stub.url)
    netweave("get", "pools", "--context", "here", NETWEAVE_SERVER="http://127.0.0.1:1", NETWEAVE_CONTEXT="lost")
    netweave("get", "pools", "--server", stub.url, NETWEAVE_SERVER="http://127.0.0.1:1")
    netweave("--context", "here", "get", "pools")
    assert 'no context "nope"' in netweave("get", "pools", "--context", "nope", code=2).err


def test_one_gateways_token_does_not_go_to_another(netweave, stub):
    netweave("config", "set-context", "lab", "--server", "http://127.0.0.1:1", "--token", "of-lab")
    netweave("get", "pools", "--server", stub.url)
    netweave("get", "pools", NETWEAVE_SERVER=stub.url)
    assert all("authorization" not in asked.headers for asked in stub.asked)
    netweave("get", "pools", "--server", stub.url, "--context", "lab")
    assert stub.asked[-1].headers["authorization"] == "Bearer of-lab"


def test_tokens_of_flag_environment_and_file(netweave, stub, tmp_path):
    token = tmp_path / "token"
    token.write_text("of-file\n")
    netweave("get", "pools", "--server", stub.url, "--token", "of-flag", NETWEAVE_TOKEN="of-environment")
    assert stub.asked[-1].headers["authorization"] == "Bearer of-flag"
    netweave("get", "pools", "--server", stub.url, NETWEAVE_TOKEN="of-environment")
    assert stub.asked[-1].headers["authorization"] == "Bearer of-environment"
    netweave("get", "pools", "--server", stub.url, "--token-file", token)
    assert stub.asked[-1].headers["authorization"] == "Bearer of-file"
    for text in ("", "two words", "split\r\nX-Evil: 1"):
        token.write_text(text)
        assert "must hold one word" in netweave("get", "pools", "-s", stub.url, "--token-file", token, code=2).err
    assert "can't be read" in netweave("get", "pools", "-s", stub.url, "--token-file", "none", code=2).err


# TLS

@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def test_a_server_is_trusted_by_its_authority_and_not_without(netweave, certificates):
    with Stub(gateway(), certificates.server()) as stub:
        assert netweave("get", "pools", "-s", stub.url, "--ca", certificates.ca, "-o", "name").out == "resourcepool/p\n"
        done = netweave("get", "pools", "-s", stub.url, code=4)
        assert "certificate that is not trusted" in done.err
        assert netweave("get", "pools", "-s", stub.url, "--insecure-skip-tls-verify", "-o", "name").lines
        wrong = netweave("get", "pools", "-s", stub.url, "--ca", certificates.client_key, code=2)
        assert "can't be used" in wrong.err
        netweave("get", "pools", "-s", stub.url, "--ca", "no-such.pem", code=2)


def test_tls_server_name_is_what_the_certificate_must_be_for(netweave, tmp_path_factory):
    named = Certificates(tmp_path_factory.mktemp("named"), "DNS:o2.example")
    with Stub(gateway(), named.server()) as stub:
        netweave("get", "pools", "-s", stub.url, "--ca", named.ca, code=4)
        netweave("get", "pools", "-s", stub.url, "--ca", named.ca, "--tls-server-name", "o2.example")
        assert stub.asked[-1].headers["host"] == f"o2.example:{stub.port}"
        netweave("get", "pools", "-s", stub.url, "--ca", named.ca, "--tls-server-name", "other.example", code=4)


def test_a_client_certificate_from_flags_and_from_a_context(netweave, certificates):
    with Stub(gateway(), certificates.server(client_needed=True)) as stub:
        netweave("get", "pools", "-s", stub.url, "--ca", certificates.ca, code=4)
        own = ["--ca", certificates.ca, "--cert", certificates.client, "--key", certificates.client_key]
        netweave("get", "pools", "-s", stub.url, *own)
        assert stub.asked[-1].subject == {"commonName": "client"}
        netweave("config", "set-context", "lab", "-s", stub.url, *own)
        stub.asked.clear()
        netweave("get", "pools")
        assert stub.asked[-1].subject == {"commonName": "client"}
        assert "certificate" in netweave("config", "get-contexts").out
        mixed = ["--ca", certificates.ca, "--cert", certificates.client, "--key", certificates.ca]
        assert "can't be used" in netweave("get", "pools", "-s", stub.url, *mixed, code=2).err
        assert "client-key: is missing" in netweave("get", "pools", "-s", stub.url, *own[:4], code=2).err


# answers

def test_v2_is_used_where_it_is_with_its_operators(netweave):
    with Stub(gateway(["v1", "v2", "v3"])) as stub:
        netweave("get", "pools", "-s", stub.url, "--filter", "extensions.cpu.cores[gte]=32", "--filter", "location=ber",
                 "--field-selector", "name!=x", "-l", "a/b=c,d!=e,f in (g, h),i notin (j),k", "--sort-by", "name,-createdAt",
                 "--limit", 5)
        assert stub.asked[-1].route == "/o2ims/v2/resourcePools"
        assert stub.asked[-1].query == [
            ("extensions.cpu.cores[gte]", "32"), ("location", "ber"), ("name[ne]", "x"),
            ('extensions.labels["a/b"][eq]', "c"), ('extensions.labels["d"][ne]', "e"),
            ('extensions.labels["f"][in]', "g,h"), ('extensions.labels["i"][nin]', "j"),
            ('extensions.labels["k"][regex]', ".*"), ("sort", "name,-createdAt"), ("limit", "5")]
        netweave("get", "pools", "-s", stub.url, "--filter", 'extensions.labels["x=y[eq]"]=z')
        assert stub.asked[-1].query[0] == ('extensions.labels["x=y[eq]"][eq]', "z")


def test_v3_is_used_where_only_it_will_do_and_where_it_is_asked_for(netweave):
    with Stub(gateway(["v1", "v2", "v3"])) as stub:
        netweave("get", "tenants", "-s", stub.url)
        assert stub.asked[-1].route == "/o2ims/v3/tenants"
        stub.asked.clear()
        netweave("get", "pools", "-s", stub.url, "--api-version", "v3")
        assert [asked.route for asked in stub.asked] == ["/o2ims/v3/resourcePools"]
    with Stub(gateway(["v7"])) as stub:
        assert "none of the versions v1, v2, v3" in netweave("get", "pools", "-s", stub.url, code=1).err


@pytest.mark.parametrize("status, code", [(400, 1), (401, 1), (403, 1), (404, 3), (409, 1), (412, 6), (429, 1), (500, 1),
                                          (502, 1), (503, 1), (504, 5)])
def test_every_status_has_its_exit_code(netweave, status, code):
    problem = {"title": "Stable", "status": status, "detail": "change it", "requestId": "r-1", "backendCode": "RETRYABLE"}
    answer = (status, {"Content-Type": "application/problem+json", "Retry-After": "7"}, problem)
    with Stub(gateway(answer=lambda _: answer)) as stub:
        done = netweave("get", "pools", "-s", stub.url, code=code)
        assert done.err.startswith("Error from server (Stable): change it\n  backendCode: RETRYABLE\n")
        assert ("requestId: r-1" in done.err) == (status >= 500)
        assert "try again after 7 s" in done.err


@pytest.mark.parametrize("answer, says", [
    ((502, {"Content-Type": "text/html"}, "<h1>proxy</h1>\x1b[2J"), r"answered with 502: <h1>proxy</h1>\x1b[2J"),
    ((301, {"Location": "https://elsewhere"}, ""), "the gateway is at https://elsewhere"),
    ((200, {}, "no json"), "is not JSON: is this a netweave gateway?"),
])
def test_what_is_no_netweave_answer_is_1(netweave, answer, says):
    with Stub(gateway(answer=lambda _: answer)) as stub:
        assert says in netweave("get", "pools", "-s", stub.url, code=1).err


def test_what_is_no_gateway_is_1(netweave):
    with Stub(lambda _: (404, {}, "nothing")) as stub:
        assert "is no netweave gateway" in netweave("get", "pools", "-s", stub.url, code=1).err


def test_no_answer_in_time_is_5_and_a_creation_says_how_to_repeat_it(netweave):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        pool = json.dumps({"name": "x"})
        own = ["-s", url, "--request-timeout", "200ms", "--api-version", "v1"]
        assert "no answer in time" in netweave("get", "pools", *own, code=5).err
        done = netweave("create", "pool", "-f", "-", *own, given=pool, code=5)
        assert "the same command with --idempotency-key " in done.err


def test_a_name_that_is_none_is_4(netweave):
    assert "can't be reached" in netweave("get", "pools", "-s", "http://no-such-host.invalid", code=4).err


def test_a_token_in_clear_text_is_warned_of(netweave):
    done = netweave("get", "pools", "-s", "http://no-such-host.invalid", "--token", "abc", code=4)
    assert "warning: the token goes to http://no-such-host.invalid in clear text" in done.err

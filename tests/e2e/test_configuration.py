"""Which configuration a gateway runs under: the file, the environment, the files under config/, what SIGHUP takes."""

import base64
import json
import os
import re
import shutil
import signal
import urllib.request

import pytest

from certificates import Authority
from gateway import ROOT, wait_until
from test_program import Program, run

KUBECONFIG = {"apiVersion": "v1", "kind": "Config", "current-context": "c",
              "clusters": [{"name": "c", "cluster": {"server": "https://192.0.2.1:6443"}}],
              "users": [{"name": "u", "user": {"token": "t"}}],
              "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What the files under config/ look for outside themselves, and the variables that say where it is."""
    folder = tmp_path_factory.mktemp("site")
    authority = Authority(folder / "tls")
    server = authority.issue("server", "/CN=localhost")
    for path, name in ((server.cert, "tls.crt"), (server.key, "tls.key"), (authority.cert, "ca.crt")):
        shutil.copy(path, folder / "tls" / name)
    (folder / "encryption-key").write_text(base64.b64encode(os.urandom(32)).decode() + "\n")
    for name in ("redis-password", "sentinel-password"):
        (folder / name).write_text("hunter2\n")
    (folder / "kubeconfig").write_text(json.dumps(KUBECONFIG))
    return {"TLS_DIR": str(folder / "tls"), "SECRETS_DIR": str(folder), "KUBECONFIG": str(folder / "kubeconfig")}


def printed(folder, *arguments, **variables):
    """The effective configuration, flat: "server.port" to its text."""
    done = run(*arguments, "--print-config", folder=folder, **variables)
    assert done.returncode == 0, done.stderr
    flat, at = {}, []
    for line in done.stdout.splitlines():
        indent, name, value = re.fullmatch(r"( *)(?:- )?([\w.\"-]+):? ?(.*)", line).groups()
        at = at[:len(indent) // 2] + [name]
        flat[".".join(at)] = value.strip('"')
    return flat


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_file_of_each_environment_has_no_faults(site, environment):
    checked = run("--check-config", folder=ROOT, NETWEAVE_ENV=environment, **site)
    assert (checked.returncode, checked.stderr) == (0, ""), checked
    assert checked.stdout == f"config/config.{environment}.yaml: no faults\n"
    assert printed(ROOT, NETWEAVE_ENV=environment, **site)["environment"] == environment


SENTINEL = {"store.backend": "redis", "redis.mode": "sentinel", "redis.master_name": "netweave"}
PROMISED = {
    "dev": {"tls.enabled": "false", "observability.logging.format": "console", "observability.logging.level": "debug",
            "multi_tenancy.enabled": "false", "security.cors.enabled": "true", "security.rate_limit.enabled": "false",
            "store.backend": "sqlite"},
    "staging": {"tls.enabled": "true", "tls.client_auth": "require-and-verify", **SENTINEL,
                "observability.logging.format": "json", "observability.logging.level": "info",
                "security.rate_limit.enabled": "true"},
    "prod": {"tls.enabled": "true", "tls.client_auth": "require-and-verify", **SENTINEL, "redis.enable_tls": "true",
             "observability.logging.format": "json", "observability.logging.level": "info",
             "security.rate_limit.enabled": "true", "multi_tenancy.enabled": "true"},
}
SAMPLED = {"staging": "0.5", "prod": "0.1"}


@pytest.mark.parametrize("environment", PROMISED)
def test_the_files_are_what_they_are_said_to_be(site, environment):
    effective = printed(ROOT, NETWEAVE_ENV=environment, **site)
    assert {key: effective[key] for key in PROMISED[environment]} == PROMISED[environment]
    if "observability.tracing.sampling_rate" in effective and environment in SAMPLED:
        assert effective["observability.tracing.sampling_rate"] == SAMPLED[environment]


def test_staging_has_lower_limits_than_production(site):
    staging, prod = (printed(ROOT, NETWEAVE_ENV=environment, **site) for environment in ("staging", "prod"))
    for whose in ("tenant", "global"):
        key = f"security.rate_limit.{whose}.requests_per_second"
        assert 0 < int(staging[key]) < int(prod[key])


def test_a_secret_is_read_and_not_shown(site):
    effective = printed(ROOT, NETWEAVE_ENV="prod", **site)
    for key in ("redis.password", "redis.sentinel_password", "store.encryption_key"):
        assert effective[key] == "***"


def test_what_a_file_lacks_here_is_told_all_at_once(tmp_path):
    done = run("--check-config", folder=ROOT, NETWEAVE_ENV="prod", TLS_DIR=str(tmp_path), SECRETS_DIR=str(tmp_path))
    assert done.returncode == 78
    named = {line.split(": ")[1] for line in done.stderr.splitlines()}
    assert {"store.encryption_key_file", "redis.password_file", "redis.sentinel_password_file"} <= named


def test_dev_starts_as_it_stands_and_so_does_a_folder_without_a_file(tmp_path):
    (tmp_path / "config").mkdir()
    with Program(tmp_path, NETWEAVE_SERVER_PORT="0") as program:
        program.ready()
        assert program.logged("configuration: built-in defaults")
    shutil.copy(ROOT / "config/config.dev.yaml", tmp_path / "config")
    with Program(tmp_path, NETWEAVE_SERVER_PORT="0") as program:
        assert program.ready().startswith("http://127.0.0.1:")
        assert program.logged("configuration: config/config.dev.yaml")


@pytest.mark.parametrize("written, variable, holds", [
    (None, None, "dev"), ("staging", None, "staging"), (None, "staging", "staging"), ("prod", "dev", "prod"),
    ("dev", "prod", "prod"), ("staging", "prod", "prod"), ("prod", "staging", "prod")])
def test_the_stricter_environment_holds(tmp_path, written, variable, holds):
    (tmp_path / "a.yaml").write_text(f"environment: {written}\n" if written else "server: {port: 0}\n")
    done = run("--config", "a.yaml", "--check-config", folder=tmp_path, **({"NETWEAVE_ENV": variable} if variable else {}))
    faults = done.stderr
    assert (done.returncode == 0) == (holds == "dev")
    assert ("must be true in staging and prod" in faults) == (holds != "dev")
    assert ("multi_tenancy.enabled: must be true in prod" in faults) == (holds == "prod")


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_staging_and_prod_need_a_file_and_a_file_that_is_named_must_be_there(tmp_path, environment):
    done = run(folder=tmp_path, NETWEAVE_ENV=environment)
    assert done.returncode == 78 and f"{environment} needs a configuration file" in done.stderr
    for arguments, variables in ((["--config", "no.yaml"], {}), ([], {"NETWEAVE_CONFIG": "no.yaml"})):
        done = run(*arguments, folder=tmp_path, **variables)
        assert done.returncode == 78 and "no.yaml: is not there" in done.stderr


def test_sighup_takes_what_may_change_and_tells_of_the_rest(tmp_path):
    before = {"server": {"port": 0, "threads": 1}, "store": {"backend": "memory"}, "o_cloud": {"name": "One"},
              "adapters": [{"name": "sim", "type": "simulator"}],
              "observability": {"logging": {"level": "info"}}}
    after = {**before, "server": {"port": 0, "threads": 2}, "o_cloud": {"name": "Two"},
             "operations": {"port": 9999},
             "adapters": [{"name": "sim", "type": "simulator", "mode": "observe"}],
             "routing": {"rules": [{"name": "r", "adapter": "sim"}]},
             "security": {"rate_limit": {"enabled": True, "tenant": {"requests_per_second": 7, "burst": 9}}},
             "observability": {"logging": {"level": "debug"}}}
    config = tmp_path / "a.yaml"
    config.write_text(json.dumps(before))
    with Program(tmp_path, "--config", "a.yaml") as program:
        url = program.ready()
        config.write_text(json.dumps(after))
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: program.logged("reloaded; the level is debug"), "the reload")
        told = re.findall(r"(\S+) has changed and needs a restart", program.log.read_text())
        assert sorted(told) == ["adapters[0]", "o_cloud.name", "operations.port", "server.threads"]
        with urllib.request.urlopen(url + "/o2ims/v1/oCloudInfrastructure") as answer:
            assert answer.headers["X-RateLimit-Limit"] == "9" and json.load(answer)["name"] == "One"
        with urllib.request.urlopen(url + "/admin/routing/explain") as answer:
            assert json.load(answer)["rules"][0]["name"] == "r"
        config.write_text(json.dumps({**after, "environment": "prod", "nonsense": 1}))
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: program.logged("a.yaml:1: nonsense: unknown key"), "the refusal")
        wait_until(lambda: program.logged("multi_tenancy.enabled: must be true in prod"), "and all faults")
        assert program.process.poll() is None


def test_references_files_of_secrets_and_variables_lay_over_each_other(tmp_path):
    (tmp_path / "password").write_text("hunter2\n")
    (tmp_path / "a.yaml").write_text("server: {port: '${PORT}'}\no_cloud: {name: '${NAME:-Nobody}'}\n"
                                     "redis: {password_file: password, addresses: ['a:1']}\n"
                                     "adapters: [{name: a, type: simulator}]\n")
    effective = printed(tmp_path, "--config", "a.yaml", PORT="7", NETWEAVE_REDIS_ADDRESSES="b:2,c:3", NETWEAVE_REDIS_MODE="cluster",
                        NETWEAVE_ADAPTERS_0_CONFIG_GENERATE__POOLS="5", NETWEAVE_OBSERVABILITY_LOGGING_LEVEL="error")
    assert effective["server.port"] == "7" and effective["o_cloud.name"] == "Nobody"
    assert effective["redis.password"] == "***" and effective["observability.logging.level"] == "error"
    shown = run("--config", "a.yaml", "--print-config", folder=tmp_path, PORT="7", NETWEAVE_REDIS_MODE="cluster",
                NETWEAVE_REDIS_ADDRESSES="b:2,c:3", NETWEAVE_ADAPTERS_0_CONFIG_GENERATE__POOLS="5", NETWEAVE_SERVER_PROT="1",
                NETWEAVE_OPERATIONS_PORT="tcp://10.0.0.1:80")
    assert "b:2" in shown.stdout and "c:3" in shown.stdout and "a:1" not in shown.stdout and "pools: 5" in shown.stdout
    assert "NETWEAVE_SERVER_PROT names no key; did you mean NETWEAVE_SERVER_PORT?" in shown.stderr
    assert "NETWEAVE_OPERATIONS_PORT=tcp://10.0.0.1:80 is passed over" in shown.stderr

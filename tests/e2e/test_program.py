"""netweave-gateway as its caller sees it: arguments, exit codes, the ready line, signals."""

import os
import pathlib
import signal
import socket
import subprocess

import pytest

from gateway import PROGRAM, wait_until

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("NETWEAVE_")}


def run(*arguments, folder, **variables):
    return subprocess.run([PROGRAM, *arguments], cwd=folder, env={**ENVIRONMENT, **variables}, capture_output=True,
                          text=True, timeout=60)


class Program:
    """A gateway under way, which is ended whatever the test does."""

    def __init__(self, folder, *arguments, **variables):
        self.log = pathlib.Path(folder) / "stderr.txt"
        self.process = subprocess.Popen([PROGRAM, *arguments], cwd=folder, env={**ENVIRONMENT, **variables},
                                        stdout=subprocess.PIPE, stderr=self.log.open("ab"), text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def ready(self):
        line = self.process.stdout.readline()
        assert line.startswith("netweave ready http://"), line + self.log.read_text()
        return line.split()[-1]

    def logged(self, text):
        return text in self.log.read_text()


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--config"], ["word"]])
def test_wrong_arguments_are_64(tmp_path, arguments):
    assert run(*arguments, folder=tmp_path).returncode == 64


def test_version_and_help_are_0(tmp_path):
    assert run("--version", folder=tmp_path).stdout.startswith("netweave-gateway ")
    assert "--kubeconfig" in run("--help", folder=tmp_path).stdout


def test_configuration_faults_are_78_one_a_line(tmp_path):
    (tmp_path / "bad.yaml").write_text("server: {prot: 1, port: 99999}\nalarms: {retention: 14d}\n")
    for extra in ([], ["--check-config"], ["--print-config"]):
        done = run("--config", "bad.yaml", *extra, folder=tmp_path)
        assert done.returncode == 78
        assert done.stderr.splitlines() == [
            'bad.yaml:1: server.prot: unknown key; did you mean "port"?',
            'bad.yaml:1: server.port: must be an integer from 0 to 65535, is "99999"',
            "bad.yaml:2: alarms: this version does not have this section yet: remove it",
        ]
        assert done.stdout == ""


def test_an_unknown_adapter_type_is_78(tmp_path):
    (tmp_path / "a.yaml").write_text("adapters: [{name: a, type: nonsense}]\n")
    done = run("--config", "a.yaml", folder=tmp_path, NETWEAVE_SERVER_PORT="0")
    assert done.returncode == 78
    assert "nonsense" in done.stderr


def test_print_config_masks_secrets(tmp_path):
    (tmp_path / "a.yaml").write_text("adapters: [{name: a, type: simulator, config: {password: hunter2}}]\n")
    done = run("--config", "a.yaml", "--print-config", folder=tmp_path)
    assert done.returncode == 0
    assert "hunter2" not in done.stdout and 'password: "***"' in done.stdout


def test_kubeconfig_stands_in_place_of_the_simulator(tmp_path):
    done = run("--kubeconfig", "admin.conf", "--print-config", folder=tmp_path)
    assert "type: kubernetes" in done.stdout and "kubeconfig: admin.conf" in done.stdout
    assert "simulator" not in done.stdout


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_with_0_and_stdout_has_one_line(tmp_path, how):
    with Program(tmp_path, NETWEAVE_SERVER_PORT="0") as program:
        program.ready()
        program.process.send_signal(how)
        assert program.process.wait(timeout=30) == 0
        assert program.process.stdout.read() == ""


def test_a_port_that_is_taken_is_69_and_says_by_whom(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(folder=tmp_path, NETWEAVE_SERVER_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 69
    assert f"held by process {os.getpid()}" in done.stderr


def test_a_port_that_is_let_go_of_in_time_is_waited_for(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with Program(tmp_path, NETWEAVE_SERVER_PORT=str(taken.getsockname()[1])) as program:
            wait_until(lambda: program.logged("not yet"), "the first try")
            taken.close()
            program.ready()


def test_a_store_that_is_locked_is_69_and_says_by_whom(tmp_path):
    with Program(tmp_path, NETWEAVE_SERVER_PORT="0") as first:
        first.ready()
        done = run(folder=tmp_path, NETWEAVE_SERVER_PORT="0")
        assert done.returncode == 69
        assert str(first.process.pid) in done.stderr


def test_sighup_reloads_the_level_and_says_what_it_could_not(tmp_path):
    config = tmp_path / "a.yaml"
    config.write_text("server: {port: 0}\nobservability: {logging: {level: error}}\n")
    with Program(tmp_path, "--config", "a.yaml") as program:
        program.ready()
        config.write_text("server: {port: 0, threads: 1}\nobservability: {logging: {level: debug}}\n")
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: program.logged("reloaded; the level is debug"), "the reload")
        config.write_text("server: {prot: 0}\n")
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: program.logged("a.yaml:1: server.prot: unknown key"), "the refusal")
        assert program.process.poll() is None


def test_sighup_opens_the_log_anew(tmp_path):
    log = tmp_path / "gateway.log"
    with Program(tmp_path, NETWEAVE_SERVER_PORT="0", NETWEAVE_OBSERVABILITY_LOGGING_OUTPUT="gateway.log") as program:
        program.ready()
        log.rename(tmp_path / "rotated.log")
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: log.exists() and "reloaded" in log.read_text(), "the new file")


def test_a_reader_of_stdout_that_went_away_does_not_matter(tmp_path):
    with Program(tmp_path, NETWEAVE_SERVER_PORT="0") as program:
        program.ready()
        program.process.stdout.close()
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(timeout=30) == 0

"""docs/tools.md, certmapctl replay: what it reads in logs, and the httpd that it runs."""

import gzip
import hashlib
import json

import pytest

from certmapctl import certmapctl
from httpd_setup import httpd_program
from kept import kept
from replayed import changed, event, replay, same
from replayed_server import ALONE, httpd, people, place  # noqa: F401 (fixtures)


def logs_of(tmp_path, *lines):
    (tmp_path / "audit.log").write_bytes(b"".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return [tmp_path / "audit.log"]


def digest(cert):
    return hashlib.sha256(cert.der).hexdigest().upper()


def test_the_last_event_counts_in_whatever_order_logs_are_named(httpd, people, tmp_path):
    alice = digest(people["alice"])
    old = event(alice, "nobody", time="2026-01-01T00:00:00.000Z")
    new = event(alice, "alice", time="2026-01-02T00:00:00.500Z")
    (tmp_path / "1").write_text(new)
    with gzip.open(tmp_path / "2.gz", "wt") as file:
        file.write(old)
    for logs in ([tmp_path / "1", tmp_path / "2.gz"], [tmp_path / "2.gz", tmp_path / "1"]):
        told = replay(httpd, same, logs=logs)
        assert (told.status, told.counts) == (0, {"same": 1})
    assert replay(httpd, same, logs=[tmp_path / "2.gz"]).different == [("somebody else", "nobody", "alice", "/in")]
    told = replay(httpd, same, logs=["-"], given=(old + new).encode())
    assert (told.status, told.counts) == (0, {"same": 1})


def test_since(httpd, people, tmp_path):
    logs = logs_of(tmp_path, event(digest(people["alice"]), "old"),
                   event(digest(people["bob"]), "bob", time="2026-02-01T12:00:00.000Z"))
    assert replay(httpd, same, logs=logs).status == 1
    for since in ("2026-01-02", "2026-02-01", "2026-02-01T12:00:00Z"):
        assert replay(httpd, same, "--since", since, logs=logs).counts == {"same": 1}
    told = replay(httpd, same, "--since", "2026-02-01T12:00:01Z", logs=logs)
    assert told.status == 2 and "none of the 2 decisions" in told.err and told.out == ""
    assert replay(httpd, same, "--since", "yesterday", logs=logs).err.startswith("certmapctl: --since is no time: yesterday")


def test_a_location_is_a_folder_of_paths(httpd, people, tmp_path):
    alice = digest(people["alice"])
    logs = logs_of(tmp_path, *(event(alice, "alice", path=path) for path in ("/in", "/in/x", "/in/x/y", "/inn")))
    for location, count in (("/in", 3), ("/in/", 2), ("/in/x", 2), ("/", 4), ("/inn", 1)):
        assert sum(replay(httpd, same, "--location", location, logs=logs).counts.values()) == count
    assert "write /PATH" in replay(httpd, same, "--location", "in", logs=logs).err


def test_nothing_to_compare(httpd, tmp_path):
    told = replay(httpd, same, logs=logs_of(tmp_path))
    assert (told.status, told.out) == (0, "0 the same, 0 let in, 0 refused, 0 somebody else\n")


def test_a_forged_log_reads_no_other_file(httpd, people, tmp_path):
    """Whoever can write to the log can name no file with it."""
    (tmp_path / "secret.der").write_bytes(people["alice"].der)
    logs = logs_of(tmp_path, event(f"../../..{tmp_path}/secret", "alice"), event("", "alice"), event("00" * 31, "alice"),
                   event("zz" * 32, "alice"), event("00" * 32, "alice"), event(digest(people["alice"]), "alice", path="*"))
    told = replay(httpd, same, logs=logs)
    assert told.status == 2 and told.counts == {"not kept": 1}


def test_hostile_lines(httpd, people, tmp_path):
    alice = digest(people["alice"])
    evil = "\x1b[31m\u202eevil\n\u2028"
    logs = logs_of(
        tmp_path, b"\xff\xfe\x00 garbage\n", b"{" * 50000 + b"\n", b"x" * 100_000 + b"\n", "[]\n", '{"@timestamp":1}\n',
        event(alice, evil, path="/in/x"), event(alice, "alice", path="/in/" + evil), event(alice, "alice", path="/in/../../etc/passwd"),
        event(alice, "alice", host=evil), event(alice, "alice", path="/in/\x00"), event(alice, "alice", path="/in/?a=b#c"),
        event(alice, "alice", path="/in/" + "a/" * 5000), event(alice, "alice", action={}), event(alice)[:-60])
    told = replay(httpd, same, logs=logs)
    assert told.status == 1 and "lines are no audit events and left out" in told.err, told.out + told.err
    assert told.counts["same"] >= 2 and told.counts["cannot tell"] >= 2
    assert not set("\x1b\u202e\u2028") & set(told.out + told.err)
    assert all(len(line) < 20_000 for line in told.out.splitlines())


def test_a_path_is_asked_about_as_it_was(httpd, people, tmp_path):
    rules = place("/odd path/50%", *ALONE[:2], "Require user bob")
    logs = logs_of(tmp_path, event(digest(people["alice"]), "alice", path="/odd path/50%/x?y"))
    told = replay(httpd, changed("<Location \"/bobs\">", rules + "<Location \"/bobs\">"), logs=logs)
    assert told.different == [("refused", "alice", "require", "/odd path/50%/x?y")]


def test_trials_and_other_events_are_no_decisions(httpd, people, tmp_path):
    trial = json.loads(event(digest(people["alice"]), "x"))
    trial["event"]["action"] = "trial"
    told = replay(httpd, same, logs=logs_of(tmp_path, json.dumps(trial) + "\n"))
    assert (told.status, told.counts) == (0, {})


# The command

def test_httpd_runs_once(httpd, tmp_path):
    script = tmp_path / "httpd"
    script.write_text(f'#!/bin/sh\necho x >> {tmp_path}/runs\nread -r line\necho noise; echo "$line" >/dev/null\n'
                      f'exec {httpd_program()} -f {httpd.path("conf/changed.conf")} "$@"\n')
    script.chmod(0o755)
    told = replay(httpd, command=str(script))
    assert told.status == 0 and (tmp_path / "runs").read_text() == "x\nx\n"  # with --json, and without


def test_a_broken_configuration(httpd):
    told = replay(httpd, lambda text: text + "\nCertMapNonsense\n")
    assert told.status == 2 and told.out == "" and "Invalid command 'CertMapNonsense'" in told.err
    assert "mend the configuration" in told.err.splitlines()[-1]


def test_an_httpd_that_is_older_or_none(httpd, tmp_path):
    told = replay(httpd, command="true")
    assert told.status == 2 and "older than certmapctl" in told.err
    assert "cannot run /nonexistent" in replay(httpd, command="/nonexistent").err


def test_an_httpd_that_dies_in_the_middle_is_no_answer(httpd, tmp_path):
    script = tmp_path / "httpd"
    script.write_text(f'#!/bin/sh\n{httpd_program()} -f {httpd.path("conf/changed.conf")} "$@" | head -c 600\nexit 0\n')
    script.chmod(0o755)
    told = replay(httpd, command=str(script))
    assert told.status == 2 and told.out == ""


@pytest.mark.parametrize("words, says", [
    ([], "--certificates FOLDER"),
    (["--certificates", "/nonexistent"], "cannot read /nonexistent: No such file or directory"),
    (["--certificates", "/dev/null"], "cannot read /dev/null: Not a directory"),
])
def test_the_folder_must_be_named(httpd, words, says):
    run = certmapctl("replay", *words, httpd.path("logs/audit.log"))
    assert run.status == 2 and says in run.error


def test_replay_writes_nothing(httpd):
    before = {name: httpd.read(name) for name in ("logs/audit.log", "logs/error.log")}
    names = kept(httpd).keys()
    replay(httpd)
    assert before == {name: httpd.read(name) for name in before} and kept(httpd).keys() == names

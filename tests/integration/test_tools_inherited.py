"""What certmapctl inherits: standard streams that are closed, signals that are ignored."""
# pylint: disable=redefined-outer-name

import os
import resource
import signal

import pytest

from map_tools import MapFiles
from notified import httpd, notify, person, recipients, seen, sink  # noqa: F401


@pytest.fixture
def files(tmp_path, pki):
    return MapFiles(tmp_path, alice=pki.alice)


def closed(stream):
    return {"given": None, "preexec_fn": lambda: os.close(stream)}


def test_with_stdout_closed_the_state_of_notify_gets_no_message(notify, seen, sink, pki, tmp_path):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    run = notify(log, how=closed(1))
    assert run.status == 2 and run.error == "cannot write to standard output", run
    assert len((tmp_path / "state").read_text().split()) == 2
    assert notify(log).status == 0 and recipients(sink) == ["alice@example.com"]


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_with_a_stream_closed_the_map_gets_its_entries_and_no_message(stream, files):
    """That the certificate is blocked already by one of both keys is warned of before the file is written."""
    files.done("block", "m.map", "alice.pem", "--by", "spki")
    before = files.read("m.map")
    run = files.run("block", "m.map", "alice.pem", **closed(stream))
    assert run.status == (2 if stream == 1 else 0), run
    added = files.read("m.map").removeprefix(before)
    assert added.startswith('"issuer-serial:') and added.count("\n") == 1 and "warning" not in added


def test_a_closed_stdin_is_an_error_of_reading_it(files):
    run = files.run("show", "-", **closed(0))
    assert run.status == 2 and run.error.startswith("cannot read standard input"), run


def test_a_mail_that_failed_is_not_noted_as_sent_where_the_end_of_children_is_ignored(notify, seen, sink, pki):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)}
    run = notify(log, sendmail="/bin/false", how=ignored)
    assert run.status == 1 and "/bin/false ended with status 1" in run.err, run
    assert notify(log).status == 0 and recipients(sink) == ["alice@example.com"]


def test_a_limit_of_size_ends_no_command_by_a_signal(files):
    files.write("m.txt", "".join(f'"/O=Example/CN=user{number}" user{number}\n' for number in range(2000)))
    with open(files.path("m.map"), "wb") as output:
        limit = lambda: (resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)), os.dup2(output.fileno(), 1))
        run = files.run("import", "gridmap", "m.txt", preexec_fn=limit)
    assert run.status == 2 and run.error == "cannot write to standard output", run

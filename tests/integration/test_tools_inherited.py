"""What certmapctl inherits: standard streams that are closed."""
# pylint: disable=redefined-outer-name

import os

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

"""Audit events to syslog (docs/audit.md), on a /dev/log of the tests' own where that can be made."""

import contextlib
import json
import os
import queue
import socket
import threading

import pytest

from audit_servers import MAIN, Server, with_log
from dev_log import place_of_dev_log


class DevLog:
    """Reads at once what comes: there is room for ten packets, and others log beside these tests (slapd, su)."""

    def __init__(self, daemon):
        self._daemon, self._packets, self._ended = daemon, queue.Queue(), threading.Event()
        daemon.settimeout(0.1)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                self._packets.put(self._daemon.recv(65536))

    def stop_reading(self):
        self._ended.set()
        self._reader.join()

    def received(self, tag):
        """The next event with this tag: its priority's facility, and the event."""
        while True:
            head, _, event = self._packets.get(timeout=60).decode("utf-8", "replace").partition(": ")
            if f" {tag}[" in head:
                event = json.loads(event)
                if event["event"]["action"] == "authenticate":
                    return int(head[1:head.index(">")]) >> 3, event


@pytest.fixture(scope="module")
def dev_log():
    with place_of_dev_log() as place, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        try:
            daemon.bind(place)
            os.chmod(place, 0o666)
        except OSError:
            pytest.skip("/dev/log cannot be made")
        log = DevLog(daemon)
        yield log
        log.stop_reading()


@pytest.fixture(scope="module")
def to_syslog(serve, dev_log):
    after = (with_log("facility", "syslog:local3:my-tag")
             + with_log("deny", "syslog:local4:my-tag\nCertMapAuditFailure deny"))
    return Server(serve(main=MAIN, audit="CertMapAuditLog syslog", after=after))


@pytest.mark.parametrize("name, facilities, tag", [("", (4, 10), "certmap"), ("facility", (19,), "my-tag")])
def test_syslog_gets_each_event(to_syslog, dev_log, pki, name, facilities, tag):
    assert to_syslog.get(name, pki.alice).status == 200
    facility, event = dev_log.received(tag)
    assert facility in facilities and event["user"]["name"] == "alice"


def test_a_syslog_daemon_that_does_not_read_blocks_nobody(to_syslog, dev_log, pki):
    dev_log.stop_reading()
    assert to_syslog.statuses("", count=600) == {403}
    assert to_syslog.statuses("", pki.alice) == {200}
    assert to_syslog.statuses("deny", pki.alice) == {503}

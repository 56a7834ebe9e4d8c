"""/dev/log, where syslog's daemon listens: for one test at a time, and only where no daemon has it.

    with place_of_dev_log() as path:      "/dev/log", where nothing is now; what is made there goes again
    with Journald() as journald:          systemd-journald has it, as where systemd runs
        journald.namespace                for journalctl --namespace
"""

import contextlib
import fcntl
import glob
import os
import shutil
import socket

import pytest

from daemon import Daemon

PLACE = "/dev/log"
JOURNALD = "/lib/systemd/systemd-journald"


def _is_dead(path):
    """What an earlier run of these tests may have left."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return True
        except OSError:
            pass
    return False


@contextlib.contextmanager
def place_of_dev_log():
    if os.geteuid():
        pytest.skip("only root can make /dev/log")
    with open("/tmp/certmap-dev-log.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.lexists(PLACE) and not _is_dead(PLACE):
            pytest.skip("/dev/log belongs to somebody")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(PLACE)
        try:
            yield PLACE
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(PLACE)


class Journald(Daemon):
    """Beside the system's own, if there is one: in a namespace, which has files and sockets of its own."""

    def __init__(self):
        super().__init__("certmap-journald-")
        self.namespace = f"certmap-{os.getpid()}"
        self._place = contextlib.ExitStack()

    def start(self):
        if missing := [each for each in (JOURNALD, "/etc/machine-id", "/sys/fs/cgroup/*") if not glob.glob(each)]:
            pytest.skip(f"not on this system: {', '.join(missing)}")
        there = f"/run/systemd/journal.{self.namespace}/dev-log"
        with contextlib.ExitStack() as stack:
            place = stack.enter_context(place_of_dev_log())
            self.run([JOURNALD, self.namespace], lambda: os.path.exists(there))
            os.symlink(there, place)
            self._place = stack.pop_all()
        return self

    def remove(self):
        super().remove()
        self._place.close()
        for folder in glob.glob(f"/run/systemd/journal.{self.namespace}") + glob.glob(f"/*/log/journal/*.{self.namespace}"):
            shutil.rmtree(folder)

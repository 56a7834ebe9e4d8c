"""A server of the tests with a folder of its own: what is the same for slapd, redis-server and memcached.

    with Something() as server:       stop() start()  kill()  freeze() thaw() (SIGSTOP, SIGCONT)  pid
"""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile

from watch import BOUND, wait_for


class Daemon:
    def __init__(self, prefix):
        self.folder = tempfile.mkdtemp(prefix=prefix, dir="/tmp")
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, arguments, started):
        """Starts it and waits until `started()`."""
        with open(self.path("log"), "ab") as log:
            self._process = subprocess.Popen(arguments, cwd=self.folder, stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, start_new_session=True)
        atexit.register(self.remove)

        def running():
            assert self._process.poll() is None, f"{arguments[0]} ended at once: see {self.path('log')}"
            return started()
        wait_for(running, f"start of {arguments[0]}")
        return self

    def _end(self, number):
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(number)
        try:
            self._process.wait(BOUND)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def freeze(self):
        """From now on it accepts connections (the kernel does) and never answers."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)  # each of its threads has stopped

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def remove(self):
        self.stop()
        atexit.unregister(self.remove)
        if not os.environ.get("CERTMAP_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.remove()

"""Graceful restarts while clients ask all the time."""

import threading

from watch import wait_for


class _Load(threading.Thread):
    def __init__(self, ask):
        super().__init__()
        self._ask = ask
        self.done, self.failures, self.stopped = 0, [], threading.Event()

    def run(self):
        while not self.stopped.is_set():
            try:
                self._ask()
            except Exception as error:  # pylint: disable=broad-except
                self.failures.append(repr(error))
            self.done += 1


def restart_under_load(httpd, clients, restarts):
    """Each client is a function that asks once, and raises something where it is not answered as it should.
    Returns what they raised."""
    load = [_Load(client) for client in clients]
    for thread in load:
        thread.start()
    for _ in range(restarts):
        done = [thread.done for thread in load]
        httpd.restart()
        wait_for(lambda: all(thread.done > count for thread, count in zip(load, done)), "requests")
    for thread in load:
        thread.stopped.set()
    for thread in load:
        thread.join()
    httpd.graceful()
    return [failure for thread in load for failure in thread.failures]

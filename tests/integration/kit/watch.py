"""What the logs of a server say from some moment on. All waiting has bounds."""

import collections
import time

BOUND = 60.0  # seconds that anything may take, also where other work is done on two cores
Access = collections.namedtuple("Access", "path first_status status first_reason reason user id")


def wait_for(condition, what="", bound=BOUND):
    """Waits until condition() is true and returns what it gave."""
    end = time.monotonic() + bound
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {bound} s: {what}"
        time.sleep(0.02)
    return value


class Watch:
    """What the logs say from now on. Events that belong to no request are left out of events()."""

    def __init__(self, httpd):
        self._httpd = httpd
        self.reset()

    def reset(self):
        self._audit = len(self._httpd.audit())
        self._access = len(self._httpd.access_log())
        self._errors = len(self._httpd.error_log())

    def all_events(self):
        return self._httpd.audit()[self._audit:]

    def _requests(self):
        return [event for event in self.all_events() if event["event"]["action"] == "authenticate"]

    def events(self, count, requests=None):
        """Exactly `count` authenticate events. The `requests` made since (as many as events where
        not given) are waited for in the access log first, so that none can still be on its way."""
        self.access(count if requests is None else requests)
        try:
            wait_for(lambda: len(self._requests()) >= count, bound=20.0)
        except AssertionError:
            pass
        time.sleep(0.02)
        found = self._requests()
        assert len(found) == count, f"{len(found)} events, not {count}: {found}"
        return found

    def event(self, action, bound=BOUND):
        """Waits for one event of this action and returns it."""
        return wait_for(lambda: next((event for event in self.all_events()
                                      if event["event"]["action"] == action), None),
                        f"event {action}", bound)

    def access(self, count, path=None):
        """Access-log lines, of this path only where one is given; waits for so many."""
        def lines():
            return [line for line in self._httpd.access_log()[self._access:]
                    if path in (None, line.path)]
        wait_for(lambda: len(lines()) >= count, f"{count} access-log lines")
        return lines()

    def errors(self, word):
        return [line for line in self._httpd.error_log()[self._errors:].splitlines() if word in line]

    def error(self, word):
        """Waits for an error-log line with this word."""
        return wait_for(lambda: self.errors(word), f"error-log line with {word!r}")[0]

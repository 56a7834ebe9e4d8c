"""What slapd says of itself (its log at level stats), read from some moment on.

    seen = directory.watch(); …
    seen.searches(1)      exactly 1 search since then, or AssertionError: base scope deref filter
                          attributes result entries, filter as slapd prints it (values normalized)
    seen.binds()          binds since then: dn method result (method "SIMPLE", "EXTERNAL", …)
    seen.connections()    accepted connections, by their numbers
    seen.open()           those of them that are not closed
    seen.lines("err=49")  lines that contain the text

What directory.modify() and the like do is left out; so are the questions with which the module checks
a directory at start (its base and its schema) in searches(). seen.settle() waits until they are over.
"""

import re
import time

from watch import BOUND, wait_for

LINE = re.compile(r"conn=(\d+) (?:op=(\d+) |fd=\d+ )(.*)")
SEARCH = re.compile(r'SRCH base="(.*)" scope=(\d) deref=(\d) filter="(.*)"$')
RESULT = re.compile(r"(?:SEARCH )?RESULT .*?\berr=(-?\d+).*?(?: nentries=(\d+))?(?: text=(.*))?$")
BIND = re.compile(r'BIND dn="(.*)" method=(\d+)')
BOUND_AS = re.compile(r'BIND (?:anonymous )?dn="(.*)" mech=(\S+)')
CHECKS = ("(objectClass=*)", "(objectClass=subschema)")
METHODS = {"128": "SIMPLE", "163": "SASL"}


class Operation:
    """A search or a bind. What is not known (yet) is None."""

    def __init__(self, connection):
        self.connection = connection
        self.base = self.scope = self.deref = self.filter = self.result = self.entries = None
        self.dn = self.method = self.text = None
        self.attributes = []

    def __repr__(self):
        return f"<{' '.join(f'{k}={v!r}' for k, v in vars(self).items() if v not in (None, []))}>"


class Log:
    """All of a text, by connection and operation."""

    def __init__(self, text, administrator, starts=0):
        self.operations, self.accepted, self.closed = {}, [], set()
        own = set()
        for line in text.splitlines():
            starts += line.endswith("slapd starting")  # connections are counted from 1000 again
            if found := LINE.search(line):
                connection, number, rest = f"{starts}.{found[1]}", found[2], found[3]
                if f'dn="{administrator}"' in rest:
                    own.add(connection)
                self._take(connection, number, rest)
        self.accepted = [each for each in self.accepted if each not in own]
        self.operations = {key: operation for key, operation in self.operations.items()
                           if key[0] not in own}

    def _take(self, connection, number, rest):
        if rest.startswith("ACCEPT"):
            self.accepted.append(connection)
        elif rest.startswith("closed"):
            self.closed.add(connection)
        key = (connection, number)
        if found := SEARCH.match(rest):
            operation = self.operations[key] = Operation(connection)
            operation.base, scope, deref, operation.filter = found.groups()
            operation.scope, operation.deref = int(scope), int(deref)
        elif found := BOUND_AS.match(rest):
            operation = self.operations.setdefault(key, Operation(connection))
            operation.dn, operation.method = found[1], found[2]
        elif found := BIND.match(rest):
            operation = self.operations[key] = Operation(connection)
            operation.dn, operation.method = found[1], METHODS.get(found[2], found[2])
        elif key in self.operations:
            self._finish(self.operations[key], rest)

    @staticmethod
    def _finish(operation, rest):
        if rest.startswith("SRCH attr="):
            operation.attributes = rest.removeprefix("SRCH attr=").split()
        elif found := RESULT.match(rest):
            operation.result = int(found[1])
            operation.entries = int(found[2]) if found[2] else None
            operation.text = found[3]


class DirectoryWatch:
    def __init__(self, directory):
        self._directory = directory
        self.reset()

    def reset(self):
        self._start = len(self._directory.log())

    def from_the_start(self):
        """Looks at all of the log."""
        self._start = 0

    def settle(self, quiet=0.7):
        """Waits until slapd has had nothing to say for a while, and forgets what it said."""
        end = time.monotonic() + BOUND
        while time.monotonic() < end:
            self.reset()
            time.sleep(quiet)
            if not self.text():
                break

    def text(self):
        return self._directory.log()[self._start:]

    def _log(self):
        earlier = self._directory.log()[:self._start].count("slapd starting")
        return Log(self.text(), self._directory.administrator, earlier)

    def lines(self, word):
        return [line for line in self.text().splitlines() if word in line]

    def searches(self, count=None, at_least=0):
        """Searches that were answered; exactly `count` where given, after a moment for more. slapd writes
        its line when the client has the answer already: who wants a search must wait for it."""
        def found():
            return [each for each in self._log().operations.values()
                    if each.filter not in (None, *CHECKS) and each.result is not None]
        if at_least:
            wait_for(lambda: len(found()) >= at_least, f"{at_least} searches", bound=20.0)
        return self._exactly(count, found, "searches")

    def search(self):
        return self.searches(1)[0]

    def binds(self, count=None):
        def found():
            return [each for each in self._log().operations.values() if each.dn is not None]
        return self._exactly(count, found, "binds")

    @staticmethod
    def _exactly(count, found, what):
        if count is None:
            return found()
        if count:
            try:
                wait_for(lambda: len(found()) >= count, bound=20.0)
            except AssertionError:
                pass
        time.sleep(0.05)
        assert len(found()) == count, f"{len(found())} {what}, not {count}: {found()}"
        return found()

    def connections(self):
        return self._log().accepted

    def open(self):
        log = self._log()
        return [each for each in log.accepted if each not in log.closed]

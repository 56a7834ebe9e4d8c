"""A slapd with 10,000 people, one of them alice, and what it was asked."""

import collections

from directory import PEOPLE, Slapd, person

SIZE = 10_000
LOGINS = ["alice", *(f"user{i}" for i in range(SIZE - 1))]


class Asked(collections.namedtuple("Asked", "searches compares binds")):
    def each(self, count):
        """In words, for one of `count`: "1 search, 1 compare"."""
        parts = [(number / count, one) for number, one in zip(self, ("search", "compare", "bind"))]
        return ", ".join(f"{number:g} {one}" for number, one in parts if number) or "nothing"


class BenchDirectory(Slapd):
    def __init__(self, pki):
        entries = {}
        for login in LOGINS:
            entries.update(person(login))
        super().__init__(pki, entries, ca=pki.cas["rsa"].pem)

    @property
    def people(self):
        return f"{self.host}/{PEOPLE}"

    def asked(self, do):
        """What `do` makes it do; not the look at base and schema that a server takes at its start."""
        seen = self.watch()
        do()
        searches = [each for each in seen.searches() if each.scope == 2]
        asking = {each.connection for each in searches}
        binds = [each for each in seen.binds() if each.connection in asking]
        return Asked(len(searches), len(seen.lines(" CMP dn=")), len(binds))

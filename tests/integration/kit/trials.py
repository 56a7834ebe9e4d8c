"""What trials (CertMapTrial) came to. The server needs status_page.PLAIN in `plain`.

    tried = Trials(httpd)          from now on
    counts, events = tried.after(3)      when 3 more requests were tried: Counter of (rule, result), events
    trial(event)                   (account in force, reason, account, rule) of such an event
"""

import collections

from httpd_setup import user_file
from status_page import Counts
from watch import wait_for

RULES = """
<CertMapRule old>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser     {subject.CN}
</CertMapRule>
<CertMapRule new>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/new.map
</CertMapRule>
<CertMapRule listed>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/listed.map
</CertMapRule>
"""
NEW = """\
email:alice@example.com  alice
email:bob@example.com    robert
email:erin@example.com   !
"""
LISTED = """\
email:alice@example.com  alice  groups=staff,admins
email:bob@example.com    bob    groups=staff
"""
FILES = {"conf/new.map": NEW, "conf/listed.map": LISTED, "conf/users": user_file("alice", "bob", "robert")}


def _counts(httpd):
    counts = collections.Counter()
    for (name, labels), value in Counts(httpd).samples.items():
        if name == "trials_total" and value:
            labels = dict(labels)
            counts[labels["rule"], labels["result"]] += int(value)
    return counts


def trial(event):
    tried = event["certmap"]["trial"]
    return (event.get("user", {}).get("name"), tried["reason"], tried.get("account"), tried.get("rule"))


class Trials:
    def __init__(self, httpd):
        self._httpd, self._before, self._audit = httpd, _counts(httpd), len(httpd.audit())

    def counts(self):
        return _counts(self._httpd) - self._before

    def events(self):
        return [event for event in self._httpd.audit()[self._audit:] if event["event"]["action"] == "trial"]

    def after(self, requests):
        wait_for(lambda: sum(self.counts().values()) >= requests, f"{requests} trials")
        counts = self.counts()
        assert sum(counts.values()) == requests, counts
        return counts, self.events()

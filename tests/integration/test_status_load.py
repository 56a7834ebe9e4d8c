"""docs/tools.md: the counters of certmap-status under load, over restarts, and when processes die."""

import collections
import os
import signal
import threading

from counted_requests import HOW, Seen, httpd, mallory  # noqa: F401 (fixtures)
from status_page import Counts, wait_for_requests
from watch import wait_for


class Load(threading.Thread):
    """Connections with some requests each, one after the other."""

    def __init__(self, httpd, cert, connections=None, requests=5):
        super().__init__()
        self.httpd, self.cert, self.connections, self.requests = httpd, cert, connections, requests
        self.statuses, self.stopped = collections.Counter(), threading.Event()

    def run(self):
        while not self.stopped.is_set() and self.connections != 0:
            if self.connections:
                self.connections -= 1
            self._connect()

    def _connect(self):
        try:
            connection = self.httpd.connect(self.cert)
            for _ in range(self.requests):
                # Without a certificate each refusal ends the connection.
                connection = connection.again() if connection.ended else connection
                self.statuses[connection.get("/in/page.html").status] += 1
            connection.close()
        except (OSError, AssertionError, Exception):  # pylint: disable=broad-except
            self.statuses["lost"] += 1

    def stop(self):
        self.stopped.set()
        self.join()
        return self.statuses


def start(httpd, pki, mallory, **how):
    load = [Load(httpd, cert, **how) for cert in (pki.alice, pki.bob, pki.carol, mallory, None)]
    for each in load:
        each.start()
    return load


def check_sums(seen):
    """Everything agrees with both logs."""
    counts, access = seen.counts, seen.access
    assert counts("decisions_total") == len(access)
    users = [line for line in access if line.user not in ("-", '""')]
    assert counts("accepted_total") == len(users)
    refused = collections.Counter(line.first_reason for line in access if line.status == "403")
    assert counts.values("refused_total", "reason") == refused == seen.outcomes("failure")
    assert counts("decisions_total", reason="mapped", answer="made") == seen.outcomes("success")["mapped"]
    by_rule = collections.Counter("listed" if line.user == "carol" else "staff" for line in users)
    assert counts.values("rule_decisions_total", "rule") == by_rule


def test_sums_of_several_processes(httpd, pki, mallory):
    seen = Seen(httpd)
    load = start(httpd, pki, mallory, connections=20)
    for each in load:
        each.join()
    assert sum((each.statuses for each in load), collections.Counter()) == {200: 300, 403: 200}
    check_sums(seen.after(500))
    pids = {event["process"]["pid"] for event in seen.audit}
    assert len(pids) > 1


def test_nothing_is_lost_or_doubled_by_graceful_restarts_under_load(httpd, pki, mallory):
    seen, restarts = Seen(httpd), Counts(httpd)("restarts_total")
    load = start(httpd, pki, mallory)
    for _ in range(5):
        done = [sum(each.statuses.values()) for each in load]
        httpd.graceful()
        wait_for(lambda: all(sum(each.statuses.values()) > count for each, count in zip(load, done)), "requests")
    answered = sum(sum(each.stop().values()) - each.statuses["lost"] for each in load)
    httpd.graceful()
    check_sums(seen.after(answered))
    assert seen.counts("decisions_total") == len(seen.access)
    assert Counts(httpd)("restarts_total") == restarts + 6


def test_a_killed_child_takes_no_count_with_it(httpd, pki, mallory):
    seen = Seen(httpd)
    for _ in range(10):
        httpd.get("/in/page.html", pki.alice)
    before = seen.after(10).counts
    children = httpd.children()
    for child in children:
        os.kill(child, signal.SIGKILL)
    wait_for(lambda: httpd.children() and not httpd.children() & children, "new children")
    assert before("decisions_total") == 10
    for _ in range(10):
        wait_for(lambda: httpd.get("/in/page.html", pki.alice).status == 200)
    check_sums(seen.after(20))
    assert seen.counts("decisions_total") == 20


def test_a_stop_and_a_start_begin_anew(make_httpd, pki):
    httpd = make_httpd(**HOW)
    httpd.start()
    assert httpd.get("/in/page.html", pki.alice).status == 200
    assert wait_for_requests(httpd, 1)("accepted_total") == 1
    os.kill(httpd.pid, signal.SIGTERM)
    httpd._process.wait(15)
    os.unlink(httpd.path("logs/error.log"))
    httpd.start()
    assert Counts(httpd)("decisions_total") == 0 == Counts(httpd)("restarts_total")


def test_a_rule_keeps_its_counts_while_others_come_and_go(make_httpd, pki):
    httpd = make_httpd(**HOW)
    httpd.start()
    assert httpd.get("/in/page.html", pki.alice).status == 200
    wait_for_requests(httpd, 1)
    httpd.replace_config("<CertMapRule staff>", "<CertMapRule another>\nCertMapUser x\n</CertMapRule>\n<CertMapRule staff>")
    httpd.graceful()
    assert httpd.get("/in/page.html", pki.carol).status == 200
    assert httpd.get("/in/page.html", pki.alice).status == 200
    counts = wait_for_requests(httpd, 3)
    assert counts.values("rule_decisions_total", "rule", server="main") == {"staff": 2, "listed": 1}
    httpd.replace_config("<CertMapRule staff>", "<CertMapRule crew>")
    httpd.replace_config("CertMapUse staff listed", "CertMapUse crew listed")
    text = httpd.read("conf/httpd.conf").replace("CertMapUse staff", "CertMapUse crew")
    httpd.write("conf/httpd.conf", text.replace("<CertMapRule staff>", "<CertMapRule crew>"))
    httpd.graceful()
    assert httpd.get("/in/page.html", pki.alice).status == 200
    counts = wait_for_requests(httpd, 4)
    assert counts.values("rule_decisions_total", "rule", server="main") == {"staff": 2, "listed": 1, "crew": 1}

"""docs/directives.md, CertMapTrial: what a trial asks of a directory changes nothing for those who are asked there."""

import concurrent.futures

from fake_ldap import BASE, FakeLdap, everyone, silent
from ldap_clients import UNAVAILABLE, people  # noqa: F401 (fixture)
from places import ask, place, rule
from status_page import PLAIN, Counts
from trials import Trials
from watch import wait_for


def slow_where_tried(talk, request):
    return silent(talk) if b"description" in request.filter else everyone(talk, request)


def settings(hosts):
    lines = "".join(
        rule(name, f'CertMapLDAPURL "ldap://{hosts}/{BASE}?uid?sub?({attribute}={{email}})" NONE\n'
                   "CertMapLDAPTimeout 3\nCertMapLDAPConnections 1")
        for name, attribute in (("live", "mail"), ("slow", "description")))
    return dict(main=lines, vhost='Header always set X-Reason "expr=%{note:certmap-reason}"\n' +
                place("live", "AuthType ClientCert\nCertMapTrial slow"), plain=PLAIN)


def test_no_request_waits_for_the_connection_of_a_trial_and_no_directory_is_down(serve, people):
    fakes = [FakeLdap(on_search=slow_where_tried) for _ in range(2)]
    hosts = " ".join(f"127.0.0.1:{fake.port}" for fake in fakes)
    httpd = serve(mpm="event", **settings(hosts))
    fakes[0].wait_asked_at_start()
    tried, somebody = Trials(httpd), people(6)
    with concurrent.futures.ThreadPoolExecutor(3) as clients:
        answers = list(clients.map(lambda one: ask(httpd, one[1], "live"), somebody))
    assert answers == [login for login, _ in somebody]
    wait_for(tried.counts, "a trial whose time is over")
    (login, cert), = people(1)
    assert ask(httpd, cert, "live") == login
    assert Counts(httpd)("directory_up") == 1
    assert not [event for event in httpd.audit() if event["event"]["action"] == "backend_down"]
    assert not [each for each in fakes[1].searches() if b"mail" in each.filter]
    httpd.stop()
    for fake in fakes:
        fake.close()


def test_an_answer_to_a_trial_makes_no_directory_up(serve, people):
    """Nobody but requests, and the module's own questions every ten seconds, tells that it is."""
    fake = FakeLdap(on_search=lambda talk, request: (everyone if b"description" in request.filter else silent)(talk, request))
    httpd = serve(mpm="event", **settings(f"127.0.0.1:{fake.port}"))
    fake.wait_asked_at_start()
    tried = Trials(httpd)
    (_, cert), = people(1)
    assert ask(httpd, cert, "live") == UNAVAILABLE
    assert tried.after(1)[0] == {("slow", "different"): 1}
    assert Counts(httpd)("directory_up") == 0
    assert not [event for event in httpd.audit() if event["event"]["action"] == "backend_up"]
    httpd.stop()
    fake.close()

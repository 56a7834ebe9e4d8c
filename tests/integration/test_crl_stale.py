"""Stale and missing CRLs: CertMapCRLStale, who is told, and how often (docs/crl.md)."""
# pylint: disable=redefined-outer-name

import datetime
import os
import time

import pytest

from crl_forms import REVOKED, UNKNOWN, certificate, numbered, of_base, serial
from crl_server import CrlServer, Form
from crls import DAY, NOW, builder, signed
from pki import Ca

ROOT = os.geteuid() == 0
HOUR = DAY / 24
LIFE = 25  # seconds until the short-lived lists are stale: longer than the start of a server takes
POLICIES = {"refuse": "CertMapCRLStale refuse", "usual": "", "hour": "CertMapCRLStale 1", "allow": "CertMapCRLStale allow"}
# How long ago their nextUpdate was when the server starts.
AGES = {"fresh": -DAY, "half": HOUR / 2, "two": 2 * HOUR}
LET_IN = {("half", "hour"), *((age, "allow") for age in AGES), *(("fresh", policy) for policy in POLICIES)}


class Aged:
    def __init__(self, name, end, policy, start=NOW - DAY):
        self.ca = Ca(f"CN=Stale CA {name}")
        self.alice, self.bob = certificate(self.ca, "alice"), certificate(self.ca, "bob")
        self.form = Form([self.ca], {"a.crl": self.crl(start, end)}, lines=(policy,) if policy else ())

    def crl(self, start, end, **how):
        return signed(builder(self.ca, serial(self.bob), start=start, end=end, **how), self.ca.key)


@pytest.fixture(scope="module")
def old():
    return {f"{age}-{policy}": Aged(f"{age} {policy}", NOW - AGES[age], POLICIES[policy]) for age in AGES for policy in POLICIES}


@pytest.fixture(scope="module")
def started(serve, pki, old):
    return CrlServer(serve, pki, {name: aged.form for name, aged in old.items()}, processes=3)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("age", AGES)
def test_one_that_is_stale_at_start(started, old, age, policy):
    name = f"{age}-{policy}"
    assert started.answer(name, old[name].alice) == ("alice" if (age, policy) in LET_IN else UNKNOWN)
    assert started.answer(name, old[name].bob) == REVOKED  # what a stale one revokes stays revoked


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("age", AGES)
def test_each_that_is_stale_is_told_once(started, age, policy):
    name = f"{age}-{policy}"
    if age == "fresh":
        assert "crl_stale" not in started.actions(name, "a.crl")
    else:
        started.wait(name, "a.crl", "crl_stale")
        time.sleep(0.2)
        assert started.actions(name, "a.crl").count("crl_stale") == 1
        assert started.errors(started.path(name, "a.crl"))


# While it runs

@pytest.fixture(scope="module")
def running(serve, pki):
    end = datetime.datetime.fromtimestamp(int(time.time()) + LIFE, datetime.timezone.utc)
    aged = {policy: Aged(f"soon {policy}", end, lines) for policy, lines in POLICIES.items()}
    delta = Aged("delta", NOW + DAY, "")
    delta.form.files["delta.crl"] = signed(builder(delta.ca, start=NOW - DAY, end=end, extensions=numbered(6, of_base(5))), delta.ca.key)
    delta.form.files["a.crl"] = delta.crl(NOW - DAY, NOW + DAY, extensions=numbered(5))
    aged["delta"] = delta
    aged["alone"] = Aged("alone", end, "")
    server = CrlServer(serve, pki, {name: each.form for name, each in aged.items()}, processes=3)
    if ROOT:  # nobody reads it anew
        os.chmod(server.path("alone", "a.crl"), 0o600)
        server.httpd.graceful()
    connections = {name: server.httpd.connect(each.alice) for name, each in aged.items()}
    before = {name: server.ask(name, connection) for name, connection in connections.items()}
    assert datetime.datetime.now(datetime.timezone.utc) < end, "the machine is too slow for LIFE"
    while datetime.datetime.now(datetime.timezone.utc) <= end + datetime.timedelta(seconds=1):
        time.sleep(0.1)
    return server, aged, connections, before


def test_all_are_let_in_before(running):
    _, _, _, before = running
    assert set(before.values()) == {"alice"}


@pytest.mark.parametrize("name", [*POLICIES, "delta", "alone"])
def test_when_it_becomes_stale(running, name):
    """Also on a connection that is open and has a decision; a delta's nextUpdate makes nobody unknown."""
    server, aged, connections, _ = running
    expected = UNKNOWN if name in ("refuse", "usual", "alone") else "alice"
    assert server.ask(name, connections[name]) == server.answer(name, aged[name].alice) == expected
    assert server.answer(name, aged[name].bob) == REVOKED
    file = "delta.crl" if name == "delta" else "a.crl"
    server.wait(name, file, "crl_stale")
    time.sleep(0.2)
    assert server.actions(name, file).count("crl_stale") == 1
    assert name != "delta" or "crl_stale" not in server.actions(name, "a.crl")


def test_no_later_rule_decides_in_its_place(serve, pki):
    """It stops, before the outcome is looked up; a password does not help either."""
    aged = Aged("stops", NOW - HOUR, "")
    main = """
<CertMapRule later>
    CertMapIssuedBy conf/stops-ca.pem
    CertMapUser later
</CertMapRule>"""
    place = "\n<Location /cgi/env/both>\nAuthType ClientCert\nCertMapUse stops later\nRequire valid-user\n</Location>"
    server = CrlServer(serve, pki, {"stops": aged.form}, main=main, vhost=place)
    assert server.answer("both", aged.alice) == UNKNOWN


def test_a_new_list_makes_known_again(running):
    server, aged, _, _ = running
    place = aged["usual"]
    server.change("usual", "a.crl", place.crl(NOW, NOW + DAY))
    server.says("usual", place.alice, "alice")
    assert server.answer("usual", place.bob) == REVOKED


def test_a_restart_tells_of_it_no_more(running):
    server, *_ = running
    mark = server.mark()
    server.httpd.graceful()
    time.sleep(2.5)
    assert "crl_stale" not in server.actions("refuse", "a.crl", mark)

"""What the documents warn of is so."""

import os

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import der
from certmapctl import certmapctl
from machine import Machine
from pki import Ca, dirname, new_key, upn
from places import ask, places
from watch import wait_for

OLD = ["O=Example", "CN=Old CA"]
NO, BLOCKED = "!no_rule_matched", "!denied_by_rule"
RULES = {"joined": "CertMapUser {upn!domain}.{upn!local}",
         "apart": "CertMapMatch dirname.O == Good\nCertMapUser {dirname.CN}",
         "one": "CertMapMatch dirname == CN=alice,O=Good\nCertMapUser {dirname!rfc4514}"}


class Compressed:
    """A key whose certificates hold its point in the short form."""

    def __init__(self, key):
        self._key = key

    def __getattr__(self, name):
        return getattr(self._key, name)

    def public_key(self):
        return self

    def public_bytes(self, encoding, form):
        public = self._key.public_key()
        if form is not PublicFormat.SubjectPublicKeyInfo:
            return public.public_bytes(encoding, form)
        return der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7")),
                            der.bits(public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)))


@pytest.fixture(scope="module")
def httpd(serve):
    return serve(**places(RULES))


@pytest.mark.parametrize("name", ["alice@corp.example", "example.alice@corp"])
def test_joined_values_make_one_account_of_two_people(httpd, pki, name):
    assert ask(httpd, pki.issuing.issue(san=[upn(name)]), "joined") == "corp.example.alice"


def test_components_of_several_directory_names_are_not_kept_apart(httpd, pki):
    one, two = (pki.issuing.issue(san=[dirname(each) for each in names])
                for names in ([["O=Good", "CN=alice"]], [["O=Good"], ["O=Bad", "CN=alice"]]))
    assert [ask(httpd, cert, "apart") for cert in (one, two)] == ["alice", "alice"]
    assert [ask(httpd, cert, "one") for cert in (one, two)] == ["CN=alice,O=Good", NO]


@pytest.fixture
def blocks(make_httpd):
    """A CA, and start("spki:…"), a server that certmapctl has blocked these keys for."""
    old = Ca(*OLD)

    def start(*keys):
        httpd = make_httpd(**places({"r": "CertMapUser {subject.CN}", "b": "CertMapFile conf/b.map"}, ["r+b"], "conf/old-ca.pem", files={
            "conf/old-ca.pem": old.pem, "conf/client-cas.pem": old.pem, "conf/b.map": ""}))
        for key in keys:
            run = certmapctl("block", httpd.path("conf/b.map"), httpd.path(key) if key.endswith(".pem") else key)
            assert run.status == 0, run
        httpd.start()
        return lambda cert: ask(httpd, cert, "r+b")
    return old, start


def test_a_block_by_spki_does_not_hold_for_the_other_encoding_of_the_point(blocks):
    old, start = blocks
    key = new_key()
    lost, again = old.issue(["CN=mallory"], key=key), old.issue(["CN=mallory"], key=Compressed(key))
    outcome = start(f"spki:{lost.spki_sha256}")
    assert [outcome(cert) for cert in (lost, again)] == [BLOCKED, "mallory"]
    outcome = start(f"spki:{lost.spki_sha256}", "subject:CN=mallory")
    assert [outcome(cert) for cert in (lost, again)] == [BLOCKED, BLOCKED]


def test_a_blocked_ca_is_blocked_by_its_name_not_by_its_certificate(blocks):
    old, start = blocks
    alice = old.issue(["CN=alice"])
    assert start("conf/old-ca.pem")(alice) == "alice"
    assert start("issuer:CN=Old CA,O=Example")(alice) == BLOCKED


def test_the_log_s_mode_is_less_the_umask(make_httpd):
    httpd = make_httpd(**Machine.settings)
    machine = Machine(httpd)
    assert machine.run("umask 077; apachectl start") == (0, "")
    wait_for(lambda: httpd.read("run/httpd.pid"), "its start")
    machine.run("apachectl stop")
    wait_for(lambda: not httpd.read("run/httpd.pid"), "its end")
    assert os.stat(httpd.path("audit/audit.log")).st_mode & 0o777 == 0o600

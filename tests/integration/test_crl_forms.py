"""CertMapCRL with CRLs as AD CS, EJBCA, FreeIPA, Vault, step-ca and `openssl ca` publish them: docs/crl.md."""
# pylint: disable=redefined-outer-name

import os

import pytest

from crl_forms import REVOKED, UNKNOWN, certificate, forms, numbered, of_base, serial
from crl_server import CrlServer, Form
from crls import DAY, NOW, REASON, builder, entry, number, raw, reason, scope, signed, uris
from pki import Ca

HOLD = 6
# Serial numbers by their content octets: of 40 octets, negative, with a leading 0x80, twice as long as RFC 5280 allows.
ODD_SERIALS = {"forty": b"\x11" * 40, "negative": b"\x87\x65", "minus": b"\xff", "top": b"\x00\x80\x01", "long": b"\x7f" * 20}


# More forms, each of one rule

def odd_serials():
    """Serials that differ in their sign only, or in length, are others. Nobody comes in with a negative one."""
    ca = Ca("CN=Odd serials CA")
    people = {who: (certificate(ca, who, serial=octets), "malformed_certificate" if octets[0] & 0x80 else REVOKED)
              for who, octets in ODD_SERIALS.items()}
    for who, octets in (("thirtynine", b"\x11" * 39), ("positive", b"\x78\x9b"), ("one", b"\x01"), ("nearly", b"\x7f" * 19)):
        people[who] = certificate(ca, who, serial=octets), who
    return Form([ca], {"a.crl": raw(ca, *map(entry, ODD_SERIALS.values()), extensions=[number(1)])}, people)


def another_signer():
    """A key for CRLs only, with the CA's name: it revokes, and makes nobody known."""
    ca, signer = Ca("CN=Two keys CA"), Ca("CN=Two keys CA")
    alice, bob = certificate(ca, "alice"), certificate(ca, "bob")
    crl = signed(builder(ca, serial(bob), extensions=numbered(1)), signer.key)
    return Form([ca, signer], {"a.crl": crl}, {"alice": (alice, UNKNOWN), "bob": (bob, REVOKED)})


def another_signer_allowed():
    form = another_signer()
    return form._replace(lines=("CertMapCRLStale allow",), people={**form.people, "alice": (form.people["alice"][0], "alice")})


def two_of_one_name():
    """In one CertMapIssuedBy, each with a CRL: either revokes."""
    first, second = Ca("CN=Same name CA"), Ca("CN=Same name CA")
    people, crls = {}, {}
    for ca, suffix, other in ((first, "1", second), (second, "2", first)):
        good, bad, theirs = certificate(ca, f"alice{suffix}"), certificate(ca, f"bob{suffix}"), certificate(other, f"eve{suffix}")
        people |= {f"alice{suffix}": (good, f"alice{suffix}"), f"bob{suffix}": (bad, REVOKED), f"eve{suffix}": (theirs, REVOKED)}
        crls[f"{suffix}.crl"] = signed(builder(ca, serial(bad), serial(theirs), extensions=numbered(1)), ca.key)
    return Form([first, second], crls, people)


def deltas():
    """Which delta counts, and what it takes back."""
    ca = Ca("CN=Delta CA")
    who = {name: certificate(ca, name) for name in ("held", "compromised", "newer", "older", "scoped", "base", "superseded")}
    number_of = {name: int(cert.serial, 16) for name, cert in who.items()}
    complete = raw(ca, entry(number_of["held"], reason(HOLD)), entry(number_of["compromised"], reason(1)), extensions=[number(20)])
    remove = REASON.remove_from_crl
    files = {
        "complete.crl": complete,
        # Of the same scope, and of a base that is not above the complete one's number.
        "counts.crl": signed(builder(ca, number_of["held"], number_of["compromised"], reason=remove,
                                     extensions=numbered(25, of_base(18))), ca.key),
        "lower.crl": signed(builder(ca, number_of["older"], extensions=numbered(24, of_base(20))), ca.key),
        "too-new.crl": signed(builder(ca, number_of["newer"], extensions=numbered(30, of_base(21))), ca.key),
        "too-old.crl": signed(builder(ca, number_of["superseded"], extensions=numbered(20, of_base(10))), ca.key),
        "scope.crl": signed(builder(ca, number_of["scoped"], extensions=numbered(40, of_base(20), scope(
            full_name=uris("http://other.example/")))), ca.key)}
    expected = {name: name for name in who} | {"compromised": REVOKED}
    return Form([ca], files, {name: (cert, expected[name]) for name, cert in who.items()})


def latest_complete():
    """Of several complete CRLs that with the latest thisUpdate counts, whatever its name and number."""
    ca = Ca("CN=Many CA")
    alice, bob = certificate(ca, "alice"), certificate(ca, "bob")
    files = {"b.crl": signed(builder(ca, serial(bob), start=NOW - DAY / 4, extensions=numbered(3)), ca.key),
             "a.crl": signed(builder(ca, serial(alice), start=NOW - DAY / 2, extensions=numbered(9)), ca.key),
             "c.r0": signed(builder(ca, serial(alice), start=NOW - DAY), ca.key)}
    return Form([ca], files, {"alice": (alice, "alice"), "bob": (bob, REVOKED)})


def some_reasons():
    ca = Ca("CN=Reasons CA")
    alice, bob = certificate(ca, "alice"), certificate(ca, "bob")
    crl = signed(builder(ca, serial(bob), extensions=numbered(1, scope(only_some_reasons=frozenset([REASON.key_compromise])))), ca.key)
    return Form([ca], {"a.crl": crl}, {"alice": (alice, UNKNOWN), "bob": (bob, REVOKED)})


def names_of_a_folder():
    """What ends otherwise, or begins with a dot, is not read; a CRL of nobody there is passed over."""
    ca = Ca("CN=Folder CA")
    alice, bob = certificate(ca, "alice"), certificate(ca, "bob")
    of_alice = signed(builder(ca, serial(alice), start=NOW - DAY / 2), ca.key)
    stranger = Ca("CN=Nobody CA")
    files = {"x.r12": signed(builder(ca, serial(bob)), ca.key), ".new.crl": of_alice, "a.txt": b"\0", "a.crl.part": of_alice,
             "a.rx": of_alice, "nobody.crl": signed(builder(stranger), stranger.key)}
    return Form([ca], files, {"alice": (alice, "alice"), "bob": (bob, REVOKED)})


def revoked_ca():
    """A CA that is itself on a list issues nothing any more."""
    root = Ca("CN=Revoking Root")
    below, fine = Ca("CN=Revoked CA", parent=root), Ca("CN=Fine CA", parent=root)
    alice, bob = certificate(fine, "alice"), certificate(below, "bob")
    files = {"root.crl": signed(builder(root, serial(below.cert)), root.key), "fine.crl": signed(builder(fine), fine.key),
             "below.crl": signed(builder(below), below.key)}
    return Form([root, below, fine], files, {"alice": (alice, "alice"), "bob": (bob, REVOKED)})


def twins_apart():
    """Two CAs of one name in two rules: the list of one says nothing of the other's people."""
    one, two = Ca("CN=Apart CA"), Ca("CN=Apart CA")
    first, second = certificate(one, "first", serial=77), certificate(two, "second", serial=77)
    crls = [signed(builder(one, 77), one.key), signed(builder(two), two.key)]
    return {"apart_one": Form([one], {"a.crl": crls[0]}, {"first": (first, REVOKED)}),
            "apart_two": Form([two], {"a.crl": crls[1]}, {"second": (second, "second")})}


OWN = [odd_serials, another_signer, another_signer_allowed, two_of_one_name, deltas, latest_complete, some_reasons,
       names_of_a_folder, revoked_ca]


@pytest.fixture(scope="module")
def server(serve, pki, tmp_path_factory):
    folder = tmp_path_factory.mktemp("openssl")
    return CrlServer(serve, pki, {**forms(folder), **{make.__name__: make() for make in OWN}, **twins_apart()})


NAMES = ["adcs", "adcs_with_scope", "adcs_new_key", "adcs_lost_key", "ejbca", "ejbca_allowed", "freeipa", "freeipa_points",
         "only_of_cas", "vault", "step_ca", "openssl", "openssl_without_numbers", *(make.__name__ for make in OWN),
         "apart_one", "apart_two"]


def test_each_form_is_tested(server):
    assert list(server.forms) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_who_is_let_in(server, name):
    people = server.forms[name].people
    assert {who: server.answer(name, cert) for who, (cert, _) in people.items()} == {
        who: answer for who, (_, answer) in people.items()}


def test_a_list_of_nobody_is_told_of(server):
    path = server.path("names_of_a_folder", "nobody.crl")
    assert any(":info]" in line and "CN=Nobody CA" in line for line in server.errors(path))


def test_a_revocation_counts_whichever_rule_would_decide(serve, pki):
    """Also a rule of the same CA that has no CertMapCRL, which is warned of by name."""
    ca = Ca("CN=Shared CA")
    alice, bob = certificate(ca, "alice"), certificate(ca, "bob")
    both = "\n<Location /cgi/env/both>\nAuthType ClientCert\nCertMapUse without with\nRequire valid-user\n</Location>"
    server = CrlServer(serve, pki, {"with": Form([ca], {"a.crl": signed(builder(ca, serial(bob)), ca.key)}),
                                    "without": Form([ca], {}, paths=())}, vhost=both)
    assert (server.answer("both", alice), server.answer("both", bob)) == ("alice", REVOKED)
    assert any("CertMapCRL" in line for line in server.errors("rule without"))


def test_freeipa_publishes_the_next_one(server):
    """A new file, and the link goes to it."""
    form = server.forms["freeipa"]
    alice, _ = form.people["alice"]
    name, crl = "MasterCRL-20261128-010000.der", signed(builder(form.cas[0], serial(alice), start=NOW, extensions=numbered(100)),
                                                        form.cas[0].key)
    assert server.answer("freeipa", alice) == "alice"
    server.write("freeipa", name, crl)
    os.symlink(name, server.path("freeipa", "next"))
    os.rename(server.path("freeipa", "next"), server.path("freeipa", "MasterCRL.bin"))
    server.says("freeipa", alice, REVOKED)

"""CertMapCRL and CertMapCRLStale in a configuration: what is refused at a first start, and what is warned of (docs/directives.md)."""
# pylint: disable=redefined-outer-name

import os

import pytest

from bad_crls import million_extensions, wrong
from config_check import config_checker, is_told
from crl_forms import numbered
from crls import DAY, NOW, PEM, OpensslCa, builder, signed
from pki import Ca

RULE = """<CertMapRule r>
CertMapIssuedBy conf/{ca}.pem
{lines}
CertMapUser {{subject.CN}}
</CertMapRule>
"""


@pytest.fixture(scope="module")
def ca():
    return Ca("O=Example", "CN=Corp CA")


@pytest.fixture(scope="module")
def bad(ca):
    return wrong(ca, ca.issue())


@pytest.fixture(scope="module")
def check(pki, ca, bad, tmp_path_factory):
    mute = Ca("CN=Mute CA", key_usage=b"\x04")  # no cRLSign
    weak = OpensslCa(tmp_path_factory.mktemp("weak"), True, "rsa:512", subject="/CN=Weak CA")
    base = signed(builder(ca, 5, extensions=numbered(3)), ca.key)
    files = {
        "conf/own-ca.pem": ca.pem, "conf/mute-ca.pem": mute.pem, "conf/weak-ca.pem": weak.path("ca.pem").read_text(),
        "crl/good.crl": base, "crl/good.pem": signed(builder(ca), ca.key, PEM),
        "crl/expired.crl": signed(builder(ca, start=NOW - 2 * DAY, end=NOW - DAY), ca.key),
        "crl/mute.crl": signed(builder(mute), mute.key), "crl/weak.crl": weak.crl().read_bytes(),
        "crl/many.crl": million_extensions(ca, 5), "folder/a.crl": base, "folder/b.txt": b"\0", "folder/.c.crl": b"\0",
        "empty/a.txt": b"\0", "broken/a.crl": base[:-3],
        "inner/a.crl/b.crl": base, "stranger/a.crl": signed(builder(mute), mute.key),
        **{f"bad/{name}.crl": octets for name, (octets, _) in bad.items()}}
    with config_checker(pki, files) as check:
        root = check.root
        os.mkfifo(f"{root}/crl/fifo.crl")
        os.symlink("good.crl", f"{root}/crl/link.crl")
        os.symlink("nothing", f"{root}/crl/dangling.crl")
        with open(f"{root}/crl/huge.crl", "wb") as file:
            file.truncate(2**30 + 1)
        yield check


def rule(lines, ca="own-ca"):
    return RULE.format(lines=lines, ca=ca)


@pytest.mark.parametrize("name", list(wrong(Ca("CN=x"), Ca("CN=x").issue())))
def test_a_bad_file_is_refused_with_its_name(check, bad, name):
    text = rule(f'CertMapCRL "bad/{name}.crl"')
    is_told(check(text), text, "CertMapCRL", [f"{name}.crl", bad[name][1]])


@pytest.mark.parametrize("lines, words, issuer", [
    ("CertMapCRL crl/mute.crl", ["mute.crl", "cRLSign", "CN=Mute CA"], "mute-ca"),
    ("CertMapCRL crl/weak.crl", ["weak.crl", "weak key", "CN=Weak CA"], "weak-ca"),
    ("CertMapCRL crl/huge.crl", ["huge.crl", "1 GiB"], "own-ca"),
    ("CertMapCRL crl/fifo.crl", ["fifo.crl"], "own-ca"),
    ("CertMapCRL crl/dangling.crl", ["dangling.crl"], "own-ca"),
    ("CertMapCRL crl/nothing.crl", ["nothing.crl"], "own-ca"),
    ("CertMapCRL /dev/zero", ["/dev/zero"], "own-ca"),
    ("CertMapCRL broken", ["a.crl", "is cut"], "own-ca"),
    ("CertMapCRL", ["CertMapCRL"], "own-ca"),
    ("CertMapCRL crl/good.crl\nCertMapCRL crl/good.pem", ["CertMapCRL"], "own-ca"),
    ("CertMapCRL crl/good.crl\nCertMapCRLStale never", ["refuse"], "own-ca"),
    ("CertMapCRL crl/good.crl\nCertMapCRLStale -1", ["refuse"], "own-ca"),
    ("CertMapCRL crl/good.crl\nCertMapCRLStale 1.5", ["refuse"], "own-ca"),
    ("CertMapCRL crl/good.crl\nCertMapCRLStale 99999999999999999999", ["refuse"], "own-ca"),
    ("CertMapCRL crl/good.crl\nCertMapCRLStale 1 2", ["CertMapCRLStale"], "own-ca"),
    ("CertMapCRLStale allow", ["CertMapCRL"], "own-ca"),
])
def test_what_is_refused(check, lines, words, issuer):
    text = rule(lines, issuer)
    is_told(check(text), text, "CertMapCRL|<CertMapRule", words)


def test_it_needs_the_cas(check):
    text = "<CertMapRule r>\nCertMapCRL crl/good.crl\nCertMapUser {subject.CN}\n</CertMapRule>"
    is_told(check(text), text, "CertMapCRL|<CertMapRule", ["CertMapIssuedBy"])


def test_it_stands_in_a_rule(check):
    code, output, _ = check("CertMapCRL crl/good.crl")
    assert code != 0 and "CertMapCRL" in output


@pytest.mark.parametrize("lines", [
    "CertMapCRL crl/good.crl", "CertMapCRL crl/good.crl crl/good.pem",
    "CertMapCRL crl/link.crl", "CertMapCRL folder", "CertMapCRL folder/", "CertMapCRL folder crl/good.crl", "CertMapCRL stranger",
    "CertMapCRL crl/expired.crl", "CertMapCRL crl/many.crl", "CertMapCRL ${ROOT}/crl/good.crl",
    "CertMapCRL crl/good.crl\nCertMapCRLStale refuse", "CertMapCRLStale 24\nCertMapCRL crl/good.crl",
    "CertMapCRL crl/good.crl\nCertMapCRLStale allow"])
def test_what_is_taken(check, lines):
    code, output, _ = check(rule(lines))
    assert code == 0, output


# Warnings

USE = "<Location />\nAuthType ClientCert\nCertMapUse {}\nRequire valid-user\n</Location>\n"
OTHER = "<CertMapRule bare>\nCertMapIssuedBy conf/own-ca.pem\nCertMapUser {subject.CN}\n</CertMapRule>\n"


def warnings(check, text):
    code, output, _ = check(text, log_level="info")
    assert code == 0, output
    return [line for line in output.splitlines() if "CRL" in line]


def test_a_rule_of_the_same_ca_without_lists_is_warned_of(check):
    lines = warnings(check, rule("CertMapCRL crl/good.crl") + OTHER + USE.format("r bare"))
    assert any("bare" in line for line in lines), lines
    assert not any("bare" in line for line in warnings(check, rule("CertMapCRL crl/good.crl") + OTHER + USE.format("r")))


def test_lists_of_mod_ssl_beside_it_are_warned_of(check):
    """mod_ssl goes on refusing handshakes when its file has expired."""
    ssl = "SSLCARevocationCheck chain\nSSLCARevocationFile crl/good.pem\n"
    lines = warnings(check, ssl + rule("CertMapCRL crl/good.crl") + USE.format("r"))
    assert any("SSLCARevocationCheck" in line for line in lines), lines
    assert not any("SSLCARevocationCheck" in line for line in warnings(check, rule("CertMapCRL crl/good.crl") + USE.format("r")))

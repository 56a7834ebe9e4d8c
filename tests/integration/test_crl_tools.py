"""`certmapctl show` and `lint` of revocation lists, made by openssl and by python3-cryptography."""

import os
import resource

import pytest
from cryptography import x509

from certmapctl import certmapctl
from crls import DAY, NOW, PEM, REASON, OpensslCa, builder, scope, signed, uris
from pki import Ca, new_key


@pytest.fixture(scope="module")
def ca():
    return Ca("O=Example", "CN=Corp CA")


@pytest.fixture(scope="module")
def ca_file(ca, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_text(ca.pem)
    return path


@pytest.fixture
def crl(tmp_path):
    def write(octets, name="a.crl"):
        (tmp_path / name).write_bytes(octets)
        return tmp_path / name
    return write


# show

def test_show_says_what_a_crl_is(ca, crl):
    path = crl(signed(builder(ca, 1, 2, extensions=[
        (x509.CRLNumber(6), False), (x509.DeltaCRLIndicator(5), True),
        scope(full_name=uris("http://crl.example/1"), only_contains_user_certs=True)]), ca.key))
    run = certmapctl("show", path)
    rows = [line.split(None, 1) for line in run.out.splitlines()]
    assert run.status == 0 and rows == [
        ["issuer", "CN=Corp CA,O=Example"], ["kind", "delta"], ["number", "6"], ["base", "5"],
        ["thisupdate", f"{NOW - DAY:%Y-%m-%dT%H:%M:%SZ}"], ["nextupdate", f"{NOW + DAY:%Y-%m-%dT%H:%M:%SZ}"],
        ["entries", "2"], ["scope", "http://crl.example/1"], ["scope", "onlyContainsUserCerts"],
        ["validity", "in_force"]]
    assert certmapctl("show", "--json", path).json["crls"][0]["entries"] == 2


def test_show_reads_several_in_pem_and_standard_input(ca):
    both = signed(builder(ca), ca.key, PEM) + signed(builder(ca, 1, end=NOW - DAY / 2), ca.key, PEM)
    found = certmapctl("show", "--json", "-", given=b"0 both\n" + both).json["crls"]
    assert [(one["entries"], one["validity"]) for one in found] == [(0, "in_force"), (1, "stale")]


def test_show_still_takes_the_certificate_of_a_file_with_both(ca, crl):
    path = crl(signed(builder(ca), ca.key, PEM) + ca.pem.encode())
    assert certmapctl("show", path).out.startswith("subject ")


@pytest.mark.parametrize("given, status", [("00ff", 0), ("0xFF", 0), ("00:ff", 0), ("f", 1), ("7f", 1)])
def test_has_a_serial(ca, crl, given, status):
    run = certmapctl("show", "--has", given, crl(signed(builder(ca, 255, reason=REASON.key_compromise), ca.key)))
    assert run.status == status
    if status == 0:
        assert run.out == (f"{NOW - DAY:%Y-%m-%dT%H:%M:%SZ} keyCompromise: complete CRL without a number "
                           "of CN=Corp CA,O=Example\n")
    else:
        assert run.out == "not on it\n"


def test_has_a_certificate_whose_serial_has_its_top_bit_set(ca, crl):
    cert, other = ca.issue(serial=b"\x00\xff\x01"), ca.issue()
    path = crl(signed(builder(ca, 0xff01), ca.key))
    assert certmapctl("show", "--has", cert.path, path).status == 0
    assert certmapctl("show", "--has", other.path, path).status == 1


def test_has_no_certificate_of_another_ca(ca, crl):
    stranger = Ca("CN=Other CA").issue(serial=5)
    run = certmapctl("show", "--has", stranger.path, crl(signed(builder(ca, 5), ca.key)))
    assert (run.status, run.out) == (1, "not on it\n")


def test_has_what_is_taken_back_no_more(ca, crl):
    delta = builder(ca, 7, reason=REASON.remove_from_crl,
                    extensions=[(x509.CRLNumber(6), False), (x509.DeltaCRLIndicator(5), True)])
    run = certmapctl("show", "--has", "7", crl(signed(delta, ca.key)))
    assert run.status == 1 and " removeFromCRL: delta CRL 6 of 5 of " in run.out


def test_has_wants_a_serial_or_a_certificate(ca, crl):
    path = crl(signed(builder(ca), ca.key))
    assert "--has is neither a file nor a serial number; " in certmapctl("show", "--has", "alice", path).error
    assert certmapctl("show", "--has", "7", ca.issue().path).status == 2


# lint

def test_lint_says_that_a_crl_is_good(ca, crl, ca_file):
    path = crl(signed(builder(ca, 1, extensions=[(x509.CRLNumber(5), False)]), ca.key))
    good = f"{path}: the CRL of CN=Corp CA,O=Example is good: complete CRL 5, 1 entry, until {NOW + DAY:%Y-%m-%dT%H:%M:%SZ}"
    run = certmapctl("lint", "--issued-by", ca_file, path)
    assert (run.status, run.out) == (0, good + "\n")
    run = certmapctl("lint", path)
    assert (run.status, run.out) == (0, good + "; signature not checked\n")


def bad_crls(ca, other):
    """name → octets, what is said"""
    good = builder(ca)
    der = signed(good, ca.key)
    return {
        "stranger": (signed(good, other.key), "is signed by no CA of --issued-by; "),
        "other issuer": (signed(builder(other), ca.key), "CN=Other CA is signed by no CA"),
        "cut": (der[:-5], "is cut, or is none; "),
        "cut long": (signed(builder(ca, *range(1, 9000)), ca.key)[:100000], "is cut, or is none; "),
        "tail": (der + b"\0", "has octets after its end"),
        "damaged": (der[:-5] + bytes([der[-5] ^ 1]) + der[-4:], "is signed by no CA"),
        "future": (signed(builder(ca, start=NOW + DAY / 2), ca.key), "is of the future: "),
        "indirect": (signed(builder(ca, extensions=[scope(indirect_crl=True)]), ca.key), "is indirect; "),
        "critical": (signed(builder(ca, extensions=[
            (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"x"), True)]), ca.key),
            "has a critical extension that is not understood: 1.2.3"),
        "remove": (signed(builder(ca, 7, reason=REASON.remove_from_crl), ca.key),
                   "has an entry removeFromCRL, which only a delta may have"),
        "half pem": (signed(good, ca.key, PEM)[:-40], "is damaged; it must be a whole PEM block"),
        "map file": (b"email:alice@example.com alice\n", "is cut, or is none; give DER or PEM"),
    }


@pytest.mark.parametrize("name", ["stranger", "other issuer", "cut", "cut long", "tail", "damaged", "future",
                                  "indirect", "critical", "remove", "half pem", "map file"])
def test_lint_says_what_is_wrong(ca, crl, ca_file, name):
    octets, why = bad_crls(ca, Ca("CN=Other CA"))[name]
    run = certmapctl("lint", "--issued-by", ca_file, crl(octets))
    assert run.status == 1 and why in run.out and run.out.count("\n") == 1 and run.err == ""


def test_lint_warns_of_one_that_has_expired(ca, crl, ca_file):
    run = certmapctl("lint", "--issued-by", ca_file, crl(signed(builder(ca, end=NOW - DAY / 2), ca.key)))
    assert run.status == 0 and " warning: its nextUpdate was " in run.out.splitlines()[0]


def test_lint_takes_an_empty_file_that_is_called_crl_for_none(tmp_path):
    """It would be a good map file, and a fetch that brought nothing would look good."""
    for name in ("corp.crl", ".corp.crl", "corp.der", "corp.r0"):
        (tmp_path / name).write_bytes(b"")
        run = certmapctl("lint", tmp_path / name)
        assert run.status == 1 and "the CRL is cut, or is none" in run.out, name


def test_one_of_the_future_is_not_valid_yet(ca, crl):
    ahead = crl(signed(builder(ca, start=NOW + DAY / 2, end=NOW + DAY), ca.key))
    assert "validity    not_yet_valid\n" in certmapctl("show", ahead).out


def test_lint_knows_map_files_and_crls_apart(ca, crl):
    entries = crl(b"email:alice@example.com alice\n", "a.map")
    os.chmod(entries, 0o600)
    run = certmapctl("lint", entries, crl(signed(builder(ca), ca.key, PEM), "a.pem"))
    assert run.status == 0 and "1 entry, 0 errors" in run.out and " is good: " in run.out


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\u202eb"])
def test_a_name_in_a_crl_steers_no_terminal(crl, name):
    hostile = Ca(f"CN={name}")
    path = crl(signed(builder(hostile), hostile.key))
    for command in ("show", "lint"):
        run = certmapctl(command, path)
        said = run.out + run.err
        assert "\x1b" not in said and "\u202e" not in said and "CN=a" in said.replace("issuer      ", "")


@pytest.mark.compiled
@pytest.mark.skipif("CERTMAP_PRELOAD" in os.environ, reason="a sanitizer needs terabytes of addresses")
def test_more_than_a_gibibyte_is_refused_unread(ca, crl, ca_file):
    path = crl(signed(builder(ca), ca.key))
    os.truncate(path, 2**30 + 1)
    for command in (["show"], ["lint", "--issued-by", ca_file]):
        # that much memory it does not get
        run = certmapctl(*command, path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29)))
        assert (run.status, run.out) == (2, "")
        assert run.error.startswith(f"{path} is larger than 1 GiB; ")


# As CAs make them

KEYS = {"rsa": ["rsa:2048"], "ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "ed25519": ["ed25519"]}


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("key", KEYS)
def test_crls_of_openssl_ca(tmp_path, key, numbered):
    made = OpensslCa(tmp_path, numbered, *KEYS[key])
    alice, bob = made.issue("alice"), made.issue("bob")
    made.ca("-revoke", alice, "-crl_reason", "keyCompromise")
    path = made.crl()
    run = certmapctl("lint", "--issued-by", made.path("ca.pem"), path)
    assert run.status == 0 and "1 entry" in run.out, run
    # openssl counts from 1 where it has no crlnumber, or gives the CRL none: both are read.
    assert not numbered or "complete CRL 255, " in run.out
    assert "keyCompromise" in certmapctl("show", "--has", alice, path).out
    assert certmapctl("show", "--has", bob, path).status == 1


@pytest.mark.parametrize("digest, error", [("sha256", None), ("sha512", None), ("sha1", "weak digest"),
                                           ("md5", "weak digest")])
def test_digests_of_openssl_ca(tmp_path, digest, error):
    made = OpensslCa(tmp_path, True, "rsa:2048")
    run = certmapctl("lint", "--issued-by", made.path("ca.pem"), made.crl("-md", digest))
    assert (error is None) == (run.status == 0) and (error or " is good: ") in run.out


def test_rsassa_pss_of_openssl_ca(tmp_path):
    made = OpensslCa(tmp_path, True, "rsa:2048")
    run = certmapctl("lint", "--issued-by", made.path("ca.pem"), made.crl("-sigopt", "rsa_padding_mode:pss"))
    assert run.status == 0 and " is good: " in run.out, run


def test_rsa_of_cryptography(crl, tmp_path):
    ca = Ca("CN=Corp CA", key=new_key("rsa"))
    (tmp_path / "ca.pem").write_text(ca.pem)
    path = crl(signed(builder(ca, 1), ca.key))
    assert certmapctl("lint", "--issued-by", tmp_path / "ca.pem", path).status == 0

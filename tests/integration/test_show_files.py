"""`certmapctl show FILE`: which files it takes, and what it says of others."""

import pytest

from certmapctl import certmapctl


def trusted(cert):
    return cert.pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE")


FORMS = {
    "pem": lambda cert, ca: cert.pem,
    "key first": lambda cert, ca: cert.key_pem + cert.pem + ca.pem,
    "chain": lambda cert, ca: cert.pem + ca.pem,
    "text before": lambda cert, ca: "Bag Attributes\n  friendlyName: alice\n\n" + cert.pem + "more\n",
    "CRLF": lambda cert, ca: cert.pem.replace("\n", "\r\n"),
    "byte order mark": lambda cert, ca: "\ufeff" + cert.pem,
    "trusted": lambda cert, ca: trusted(cert),
    "x509": lambda cert, ca: cert.pem.replace("CERTIFICATE", "X509 CERTIFICATE"),
    "no last newline": lambda cert, ca: cert.pem.rstrip("\n"),
    "der": lambda cert, ca: cert.der,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_forms_of_files(pki, tmp_path, form, way):
    content = form(pki.alice, pki.issuing)
    content = content.encode() if isinstance(content, str) else content
    path = tmp_path / "alice"
    path.write_bytes(content)
    run = (certmapctl("show", "--json", path) if way == "file"
           else certmapctl("show", "--json", "-", given=content))
    assert run.status == 0 and run.json["sha256"] == [pki.alice.sha256]


NO_CERTIFICATES = {
    "empty": (b"", "is empty; give it a PEM, DER or PKCS#12 file"),
    "text": (b"hello\n", "holds no certificate; give it a PEM, DER or PKCS#12 file"),
    "binary": (b"\x30\x82\x01\x00" + b"\0" * 100, "holds no certificate; "),
    "huge": (b"x" * (1024 * 1024 + 1), "is larger than 1 MiB; "),
    "damaged": (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "holds a certificate that OpenSSL cannot read"),
    "DER, damaged": (lambda pki: pki.alice.der.replace(b"\xa0\x03\x02\x01\x02\x02", b"\xa0\x03\x02\x01\x02\x04"),
                     "holds a certificate that OpenSSL cannot read"),
    "DER, cut off": (lambda pki: pki.alice.der[:300], "holds a certificate that OpenSSL cannot read"),
    "cut off": (b"-----BEGIN CERTIFICATE-----\nMIIB", "holds a certificate that OpenSSL cannot read"),
}


@pytest.mark.parametrize("content, message", NO_CERTIFICATES.values(), ids=NO_CERTIFICATES)
def test_files_without_a_certificate(pki, tmp_path, content, message):
    (tmp_path / "file").write_bytes(content(pki) if callable(content) else content)
    run = certmapctl("show", "file", folder=tmp_path)
    assert (run.status, run.out) == (2, "") and f"file {message}" in run.error


def test_octets_behind_the_certificate(pki, tmp_path):
    (tmp_path / "file").write_bytes(pki.alice.der + b"\n")
    run = certmapctl("show", tmp_path / "file")
    assert run.status == 2 and "has octets behind the certificate; cut them off" in run.error


def test_what_cannot_be_read(tmp_path):
    assert certmapctl("show", tmp_path).error.endswith(": Is a directory; name a file in it")
    assert certmapctl("show", tmp_path / "missing").error.endswith("missing: No such file or directory")
    assert certmapctl("show", tmp_path / "a\x1b[2J").error.endswith(r"a\u001b[2J: No such file or directory")
    assert certmapctl("show", "/dev/zero").error.startswith("/dev/zero is larger than 1 MiB")
    assert certmapctl("show", b"/\xff").error == "cannot read /\ufffd: No such file or directory"

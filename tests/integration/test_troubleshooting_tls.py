"""docs/troubleshooting.md: what it says of mod_ssl's errors beyond a refused certificate."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from client import HandshakeRefused
from pki import Ca
from test_troubleshooting import STAFF, TEXT, USE, refused_in_tls, serve_staff, shown

CHECK = "SSLCARevocationFile conf/crl.pem\nSSLCARevocationCheck "


def revocation_list(ca, end):
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    issuer = x509.load_pem_x509_certificate(ca.pem.encode())
    builder = x509.CertificateRevocationListBuilder(issuer.subject, now - datetime.timedelta(days=2),
                                                    now + datetime.timedelta(days=end))
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("end, check, words", [(-1, "leaf", "CRL has expired"), (1, "chain", "unable to get certificate CRL")])
def test_a_crl_that_locks_everybody_out(make_httpd, pki, end, check, words):
    how = {"files": {"conf/crl.pem": revocation_list(pki.issuing, end)}, "vhost": CHECK + check}
    with serve_staff(make_httpd, **how) as httpd:
        for cert in (pki.alice, pki.bob):
            refused_in_tls(httpd, cert)
        shown(httpd, words)


def upload(httpd, pki, path):
    file = httpd.write("upload", "x" * 200_000)
    return httpd.curl(path, "--http1.1", "--tls-max", "1.2", "--cert", pki.alice.path, "--data-binary", f"@{file}").status


def test_an_upload_to_a_place_that_asks_for_the_certificate(make_httpd, pki):
    place = '<Location "/cgi/env/x">\nSSLVerifyClient require\n{}\n</Location>'
    with serve_staff(make_httpd, verify="none", vhost=place.format("")) as httpd:
        assert upload(httpd, pki, "/cgi/env/x") == 413
        shown(httpd, "AH02018: request body exceeds maximum size (131072) for SSL buffer")
    with serve_staff(make_httpd, verify="none", vhost=place.format("SSLRenegBufferSize 300000")) as httpd:
        assert upload(httpd, pki, "/cgi/env/x") == 200
    with serve_staff(make_httpd) as httpd:
        assert upload(httpd, pki, "/cgi/env/x") == 200


def many_cas():
    """Names of 90 octets, as real ones have."""
    key = Ca("CN=x").key
    return "".join(Ca("C=XX", "O=Some Organization of Medium Size", f"CN=Certification Authority Number {number:03}", key=key).pem
                   for number in range(720))


def test_more_names_of_cas_than_tls_has_room_for(make_httpd, pki):
    files = {"conf/client-cas.pem": pki.conf_files()["conf/client-cas.pem"] + many_cas()}
    with serve_staff(make_httpd, files=files) as httpd:
        for cert in (pki.alice, None):
            with pytest.raises(HandshakeRefused):
                httpd.get("/cgi/env", cert)
        shown(httpd, "SSL routines::internal error")
    with serve_staff(make_httpd, files=files, vhost="SSLCADNRequestFile conf/corp-ca.pem") as httpd:
        assert httpd.whoami(pki.alice)["REMOTE_USER"] == "alice"


def test_letters_of_a_t61_string_that_holds_something_else(make_httpd, pki):
    """Read as Latin-1, the UTF-8 that some CAs put there is two letters each."""
    t61 = 20
    rule = STAFF.replace("{email!local}", "{subject.CN}")
    with serve_staff(make_httpd, main=rule, location=USE) as httpd:
        for octets, account in ((b"J\xfcrgen", "Jürgen"), ("Jürgen".encode(), "JÃ¼rgen")):
            cert = pki.issuing.issue([("2.5.4.3", t61, octets)])
            assert httpd.get("/cgi/env", cert).status == 200
            assert httpd.audit()[-1]["user"]["name"] == account
    assert "JÃ¼rgen" in TEXT

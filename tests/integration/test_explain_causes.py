"""certmapctl explain names the cause in its first line: revocation lists, SSLVerifyClient, CAs, resumed sessions."""

import datetime
import os
import shutil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from certmapctl import program
from explained import agree, command_of, explain, run
from explained_hosts import PLACE, RULE, first_line, line_at, once, own_host, section  # noqa: F401 (once is a fixture)
from httpd_setup import AUDIT, virtual_host
from pki import FILES, Ca, extension

TICKETS = "SSLSessionTicketKeyFile conf/ticket.key"


def revocation_list(ca, *serials, days=1):
    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=9)
    builder = x509.CertificateRevocationListBuilder(
        x509.load_der_x509_certificate(ca.cert.der).subject, start, start + datetime.timedelta(days=9 + days))
    for serial in serials:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(start).build())
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


# Revocation lists

LISTS = "SSLCARevocationFile conf/crl.pem\nSSLCARevocationCheck leaf\n"


def test_the_list_that_revokes(once, pki):
    httpd = once(LISTS, {"conf/crl.pem": revocation_list(pki.issuing, int(pki.alice.serial, 16))})
    line = first_line(agree(httpd, pki.alice, "/cgi/env"))
    assert line.startswith("refused by mod_ssl: certificate revoked (the certificate itself): of CN=Corp CA,O=Example, in "
                           + line_at(httpd, "SSLCARevocationFile conf/crl.pem") + ", the list of 20")


def test_a_list_that_has_expired(once, pki):
    httpd = once(LISTS, {"conf/crl.pem": revocation_list(pki.issuing, days=-1)})
    line = first_line(agree(httpd, pki.alice, "/cgi/env"))
    assert "CRL has expired" in line and line_at(httpd, "SSLCARevocationFile conf/crl.pem") in line
    assert "to be renewed by 20" in line


def test_a_list_that_is_not_there(once, pki):
    httpd = once(LISTS, {"conf/crl.pem": revocation_list(pki.partner)})
    assert ("there is no revocation list of CN=Corp CA,O=Example in "
            + line_at(httpd, "SSLCARevocationFile conf/crl.pem") + ", and "
            + line_at(httpd, "SSLCARevocationCheck leaf") + " asks for one") in first_line(
                agree(httpd, pki.alice, "/cgi/env"))


def test_a_list_that_nobody_looks_at(once, pki):
    files = {"conf/crl.pem": revocation_list(pki.issuing, int(pki.alice.serial, 16))}
    httpd = once("SSLCARevocationFile conf/crl.pem\n", files)
    told = agree(httpd, pki.alice, "/cgi/env")
    assert told.code == 0 and first_line(told).endswith(
        "; but " + line_at(httpd, "SSLCARevocationFile conf/crl.pem")
        + " is not looked at, so that revoked certificates pass; write SSLCARevocationCheck chain")


# SSLVerifyClient

def test_no_ssl_verify_client(once, pki):
    httpd = once(after=own_host("quiet"))
    assert first_line(agree(httpd, pki.alice, "/cgi/env", "quiet.example.test")) == (
        "refused (403): no_certificate: SSLVerifyClient is missing: the client is never asked for a certificate; "
        "write SSLVerifyClient optional in the virtual host")


def test_ssl_verify_client_in_another_location(once, pki):
    httpd = once(after=own_host("part", section("Location", "/private", "SSLVerifyClient require")))
    line = first_line(agree(httpd, pki.alice, "/cgi/env", "part.example.test"))
    assert line_at(httpd, "SSLVerifyClient require") + ' stands in <Location /private>, which does not hold here' in line


@pytest.mark.parametrize("written", ["none", "off", "'Off'"])
def test_ssl_verify_client_none(once, pki, written):
    httpd = once(after=own_host("none", f"SSLVerifyClient {written}"))
    line = first_line(agree(httpd, pki.alice, "/cgi/env", "none.example.test"))
    number = httpd.line_of(f"SSLVerifyClient {written}")
    assert f"SSLVerifyClient is none ({httpd.conf}:{number}): the client is never asked" in line


LATE = "TLS 1.3 clients without post-handshake authentication, which browsers lack,"


@pytest.mark.parametrize("written", ["on", "require"])
@pytest.mark.parametrize("more, who", [("", LATE), ("\nProtocols h2 http/1.1", LATE + " and HTTP/2 clients"),
                                       ("\nSSLProtocol all -TLSv1.3", None), ("\nSSLProtocol TLSv1.2", None),
                                       ("\nSSLProtocol -all +TLSv1.2\nProtocols h2", "HTTP/2 clients")])
def test_ssl_verify_client_in_the_location(once, pki, more, who, written):
    httpd = once(after=own_host("late", section("Location", "/cgi", f"SSLVerifyClient {written}"), more))
    told = explain(httpd, pki.alice, vhost="late.example.test", location="/cgi/env")
    line = first_line(told)
    assert told.code == 0 and line.startswith("mapped: account alice")
    late = f"; but {line_at(httpd, f'SSLVerifyClient {written}')} stands in a section"
    assert (late in line) is bool(who) and (not who or f": {who} get 403; write SSLVerifyClient optional" in line)


def test_a_location_that_asks_for_no_more_than_the_handshake(once, pki):
    httpd = once(after=own_host("same", section("Location", "/cgi", "SSLVerifyClient optional"),
                                "SSLVerifyClient require"))
    assert "but" not in first_line(agree(httpd, pki.alice, "/cgi/env", "same.example.test"))


# CAs

def test_a_ca_that_is_not_listed(once, pki):
    httpd = once()
    stranger = pki.stranger.issue(["CN=alice"])
    where = "no CA CN=Stranger CA,O=Stranger is in " + line_at(httpd, "SSLCACertificateFile conf/client-cas.pem")
    assert where in first_line(agree(httpd, stranger, "/cgi/env"))
    whole = first_line(agree(httpd, stranger.with_chain(pki.stranger), "/cgi/env"))
    assert where in whole and "self" in whole and "(a CA above it, CN=Stranger CA,O=Stranger)" in whole


@pytest.mark.parametrize("how, why", [
    ({}, "its key did not sign the certificate"), ({"ski": b"another"}, "(authorityKeyIdentifier)")])
def test_a_ca_of_that_name_is_not_missing(once, pki, how, why):
    listed = Ca(*pki.issuing.name, key=pki.issuing.key if how else None, **how)
    httpd = once(files={"conf/client-cas.pem": listed.pem})
    line = first_line(agree(httpd, pki.alice, "/cgi/env"))
    where = "a CA CN=Corp CA,O=Example is in " + line_at(httpd, "SSLCACertificateFile conf/client-cas.pem")
    assert where + ", but " in line and why in line and "no CA" not in line


def test_a_ca_that_clients_are_not_asked_for(once, pki):
    httpd = once("SSLCADNRequestFile conf/asked.pem\n", {"conf/asked.pem": pki.partner.pem})
    told = explain(httpd, pki.alice, location="/cgi/env")
    assert told.code == 0 and first_line(told).endswith(
        "; but " + line_at(httpd, "SSLCADNRequestFile conf/asked.pem") + " does not name its CA CN=Corp CA,O=Example: "
        "browsers do not offer the certificate; add that CA to it")
    assert "but" not in first_line(explain(httpd, pki.carol, location="/cgi/env"))


def test_the_root_is_enough(once, pki):
    httpd = once("SSLCADNRequestFile conf/asked.pem\n", {"conf/asked.pem": pki.root.pem})
    assert "but" not in first_line(explain(httpd, pki.alice, location="/cgi/env"))


# An extension that OpenSSL cannot read: it then takes no CA for the issuer, whatever stands in the files.

def test_a_san_that_openssl_cannot_read_is_no_missing_ca(once, pki):
    httpd = once()
    broken = pki.issuing.issue(["CN=alice"], extensions=[extension("2.5.29.17", b"\x30\x03\x81\x05a")])
    line = first_line(explain(httpd, broken, location="/cgi/env"))  # no client at hand would load it
    assert "no CA" not in line and "leads to a trusted CA" not in line
    assert line.startswith("refused by mod_ssl: an extension cannot be read (the certificate itself)"), line


def test_a_ca_whose_extension_openssl_cannot_read_is_not_missing(once):
    broken = Ca("O=Example", "CN=Broken CA", extensions=[extension("2.5.29.17", b"\x30\x03\x81\x05a")])
    httpd = once(files={"conf/client-cas.pem": broken.pem})
    line = first_line(agree(httpd, broken.issue(["CN=alice"]), "/cgi/env"))
    assert "no CA" not in line
    assert line.startswith("refused by mod_ssl: an extension cannot be read (a CA above it, CN=Broken CA,O=Example)"), line


def test_an_expired_certificate_has_expired_though_a_ca_of_that_name_is_broken(once):
    good = Ca("O=Example", "CN=Twice")
    broken = Ca("O=Example", "CN=Twice", extensions=[extension("2.5.29.17", b"\x30\x03\x81\x05a")])
    httpd = once(files={"conf/client-cas.pem": good.pem + broken.pem})
    expired = good.issue(["CN=alice"], not_before=-7200, not_after=-3600)
    assert "expired (the certificate itself)" in first_line(agree(httpd, expired, "/cgi/env"))


# Sessions that were made before

def test_where_a_resumed_session_can_differ(once, pki):
    httpd = once(TICKETS + "\n", {"conf/ticket.key": "k" * 80})
    note = (f"{line_at(httpd, TICKETS)}: a session that is resumed by its ticket, also after a restart, has the "
            "certificate and the verdict of its first handshake, and can differ from this")
    told = explain(httpd, pki.alice, location="/cgi/env")
    assert f"note: {note}" in told.text and told.json["tls"]["notes"] == [note] and note not in told.answer
    assert first_line(explain(httpd, pki.stranger.issue(["CN=alice"]))).endswith("; but " + note)
    httpd.replace_config(TICKETS, TICKETS + "\nSSLSessionTickets off")
    assert note not in explain(httpd, pki.alice, location="/cgi/env").text


# Which virtual host is meant

def test_a_rule_of_one_virtual_host_that_the_main_server_uses(make_httpd, pki):
    httpd = make_httpd(main=PLACE, vhost=RULE.replace("CN}", "CN!upper}"),
                       after=virtual_host("b", AUDIT) + virtual_host("c")).start()
    told = explain(httpd, pki.alice)
    assert (told.code, told.text) == (2, "") and "name one of them with --vhost: " in told.errors
    for name in ("localhost", "b.example.test", "c.example.test"):
        assert f" {name}:{httpd.port}" in told.errors
    assert explain(httpd, pki.alice, vhost="localhost").account == "ALICE"
    assert explain(httpd, pki.alice, vhost="b.example.test").code == 1


# The command

@pytest.mark.parametrize("how", ["loop", "closed"])
def test_a_folder_of_the_path_that_cannot_be_read_is_passed_over(once, pki, tmp_path, how):
    httpd = once()
    bad, good = tmp_path / "bad", tmp_path / "good"
    good.mkdir()
    (good / "apache2ctl").write_text(f'#!/bin/sh\nexec {command_of(httpd)} "$@"\n')
    (good / "apache2ctl").chmod(0o755)
    if how == "loop":
        bad.symlink_to(bad)
    else:
        bad.mkdir(mode=0)
    user = "nobody" if how == "closed" and os.geteuid() == 0 else None
    if user:
        for folder in (tmp_path, *list(tmp_path.parents)[:-2], good):
            folder.chmod(0o755)
        (good / "apache2ctl").write_text("#!/bin/sh\necho said by the good one\nexit 1\n")
    ran = run("explain", FILES.write(pki.alice.pem) if not user else "-", text=pki.alice.pem.encode() if user else None,
              environment={"PATH": f"{bad}:{good}:{os.environ['PATH']}"}, user=user,
              tool=shutil.copy(program(), tmp_path))  # nobody may not look into a tree below /root
    assert (b"said by the good one" in ran.stderr) if user else ran.returncode == 0, ran

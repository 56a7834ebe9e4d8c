"""CertMapCRL and CertMapCRLStale when the configuration is read: what is taken, and what is refused."""

import datetime
import os

import pytest

from crls import NOW, PEM, builder, scope, signed, uris
from pki import Ca
from revoked import Crls, crl, location, rule


def start(make_httpd, text, files):
    httpd = make_httpd(main=text, vhost=location("a"), files=files)
    return httpd, httpd.test_config()


def refused(make_httpd, text, files, *words):
    httpd, (status, output) = start(make_httpd, text, files)
    assert status != 0
    for word in words:
        assert word.format(root=httpd.path("").rstrip("/")) in output, output
    return output


@pytest.mark.parametrize("lines, words", [
    (["CertMapCRL conf/a.crl"], ["CertMapCRL needs a CertMapIssuedBy"]),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapCRLStale 1"], ["CertMapCRLStale needs a CertMapCRL"]),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapCRL"], ["CertMapCRL: write CertMapCRL PATH"]),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapCRL conf/a.crl", "CertMapCRL conf/b.crl"], ["stands twice"]),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapCRL conf/a.crl conf/a.crl"], ["a.crl stands twice"]),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapCRL conf/a.crl", "CertMapCRLStale 0"], ["refuse, allow, or for"]),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapCRL conf/a.crl", "CertMapCRLStale soon"], ["refuse, allow, or for"]),
    (["CertMapIssuedBy conf/corp-ca.pem", "CertMapCRL conf/a.crl", "CertMapCRLStale 1", "CertMapCRLStale 1"],
     ["CertMapCRLStale: stands twice"]),
])
def test_lines_that_make_no_sense(make_httpd, pki, lines, words):
    text = "<CertMapRule a>\n" + "\n".join(lines) + "\nCertMapUser x\n</CertMapRule>"
    refused(make_httpd, text, {"conf/a.crl": crl(pki.issuing)}, "httpd.conf:", *words)


def test_outside_of_a_rule(make_httpd):
    refused(make_httpd, "CertMapCRL conf/a.crl", {}, "CertMapCRL belongs inside <CertMapRule NAME>")


BAD = {
    "stranger": (lambda pki: crl(pki.partner), ["CN=Partner CA,O=Partner", "is signed by no CA of CertMapIssuedBy"]),
    "twin": (lambda pki: crl(pki.twin), ["CN=Corp CA,O=Example", "is signed by no CA of CertMapIssuedBy"]),
    "ahead": (lambda pki: crl(pki.issuing, start=3600, end=7200), ["CN=Corp CA,O=Example", "in the future"]),
    "cut": (lambda pki: crl(pki.issuing)[:-10], ["is cut"]),
    "text": (lambda pki: b"<html>not found</html>", ["is cut, or is none"]),
    "pem": (lambda pki: pki.issuing.pem.encode(), ["is cut, or is none"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_name_file_and_issuer(make_httpd, pki, name):
    octets, words = BAD[name]
    output = refused(make_httpd, rule("a", ["a.crl"]), {"conf/crl/a.crl": octets(pki)}, "{root}/conf/crl/a.crl: ", *words)
    assert "CertMapCRL" in output and "has errors; mend what is named above" in output
    assert "CM0050" in output and "CM0052" in output and "httpd.conf:" in output


def test_a_missing_path(make_httpd):
    refused(make_httpd, rule("a", ["none.crl"]), {}, "{root}/conf/crl/none.crl: cannot be read: No such file")


def test_what_is_no_file(make_httpd, pki):
    httpd = make_httpd(main=rule("a", ["pipe"]), vhost=location("a"))
    os.makedirs(httpd.path("conf/crl"))
    os.mkfifo(httpd.path("conf/crl/pipe"))
    status, output = httpd.test_config()
    assert status != 0 and "conf/crl/pipe: is not a regular file" in output


def test_a_ca_that_may_not_sign_crls(make_httpd):
    ca = Ca("O=Example", "CN=No cRLSign", key_usage=b"\x04")
    refused(make_httpd, rule("a", ["a.crl"], issued_by="conf/ca.pem"),
            {"conf/ca.pem": ca.pem, "conf/crl/a.crl": crl(ca)}, "CN=No cRLSign", "lacks cRLSign")


def test_the_test_of_the_configuration_says_that_one_is_stale(make_httpd, pki):
    stale = crl(pki.issuing, start=-7200, end=-3600)
    httpd, (status, output) = start(make_httpd, rule("a", ["a.crl"]), {"conf/crl/a.crl": stale})
    assert status == 0 and "Syntax OK" in output
    assert f"CM0056: {httpd.path('conf/crl/a.crl')}: the CRL of CN=Corp CA,O=Example has passed its nextUpdate" in output


def test_a_folder_with_a_slash_at_its_end_has_one_in_the_names_of_its_files(make_httpd):
    for path in ("", "/", "//"):  # conf/crl/, conf/crl//, conf/crl///
        refused(make_httpd, rule("a", [path]), {"conf/crl/a.crl": b"x"}, "{root}/conf/crl/a.crl: the CRL is cut")


def test_no_path_is_not_the_folder_of_the_server(make_httpd):
    refused(make_httpd, rule("a", []).replace("CertMapIssuedBy", 'CertMapCRL ""\n    CertMapIssuedBy'), {},
            'CertMapCRL: "" is no usable path')


def test_an_expired_one_is_read_like_any_other(serve, pki):
    old = signed(builder(pki.issuing, int(pki.bob.serial, 16), start=NOW - datetime.timedelta(days=9),
                         end=NOW - datetime.timedelta(days=8)), pki.issuing.key)
    crls = Crls(serve, pki, {"a": rule("a", ["a.crl"])}, {"a.crl": old})
    assert crls.outcome("a", pki.bob) == "403 certificate_revoked"
    [event] = crls.events(0, "crl_stale")
    assert event["file"]["path"] == crls.path("a.crl") and event["event"]["category"] == ["configuration"]
    assert len([line for line in crls.httpd.error_log().splitlines() if "CM0056" in line]) == 1


def test_several_in_one_pem_file_and_in_one_folder(serve, pki):
    """Names that end in .crl, .pem, .der, .bin and .rN are read, without those that begin with a dot. What nobody
    there signed is passed over."""
    people = {name: pki.person(name) for name in ("crl", "pem", "der", "bin", "r0", "txt", "dot")}

    def scoped(number, *certs, **how):
        return crl(pki.issuing, certs, extensions=[scope(full_name=uris(f"http://crl/{number}"))], **how)

    files = {f"folder/{name}.{name}": scoped(name, cert) for name, cert in people.items() if name != "dot"}
    files["folder/.dot.crl"] = scoped("dot", people["dot"])
    files["folder/stranger.crl"] = crl(pki.partner)
    files["two.pem"] = scoped(1, people["crl"], encoding=PEM) + scoped(2, people["pem"], encoding=PEM)
    crls = Crls(serve, pki, {"folder": rule("folder", ["folder"]), "two": rule("two", ["two.pem"])}, files)
    for name, cert in people.items():
        expected = name if name in ("txt", "dot") else "403 certificate_revoked"
        assert crls.outcome("folder", cert) == expected, name
    for name, cert in people.items():
        expected = "403 certificate_revoked" if name in ("crl", "pem") else name
        assert crls.outcome("two", cert) == expected, name


def test_a_folder_without_a_crl_is_warned_of(make_httpd, pki):
    httpd, (status, output) = start(make_httpd, rule("a", ["folder"]), {"conf/crl/folder/stranger.crl": crl(pki.partner)})
    assert status == 0
    assert f"{httpd.path('conf/crl/folder')}: has no CRL that a CA of CertMapIssuedBy signed" in output


# What is hardly meant

def warnings(make_httpd, pki, text, use, **how):
    httpd = make_httpd(main=text, vhost=location("a", use) + how.pop("vhost", ""),
                       files={"conf/crl/a.crl": crl(pki.issuing), "conf/crl/p.crl": crl(pki.partner)})
    status, output = httpd.test_config()
    assert status == 0, output
    return [line for line in output.splitlines() if "CM0057" in line or "CM0058" in line]


def test_a_rule_without_lists_beside_one_that_has_them(make_httpd, pki):
    text = rule("with", ["a.crl"]) + rule("without", []) + rule("partner", [], issued_by="conf/partner-ca.pem")
    [line] = warnings(make_httpd, pki, text, "without partner with")
    assert "CM0057: rule without has no CertMapCRL, and rule with beside it" in line
    assert "its CA CN=Corp CA,O=Example" in line
    assert not warnings(make_httpd, pki, text, "with partner")
    assert not warnings(make_httpd, pki, text, "without partner")


@pytest.mark.parametrize("check, said", [("chain", 1), ("leaf no_crl_for_cert_ok", 1), ("none", 0)])
def test_mod_ssl_s_lists_beside_ours(make_httpd, pki, check, said):
    lines = warnings(make_httpd, pki, rule("a", ["a.crl"]), "a", vhost=f"\nSSLCARevocationCheck {check}\n")
    assert len(lines) == said
    assert not said or f"SSLCARevocationCheck {check}" in lines[0] and "httpd.conf:" in lines[0]

"""docs/directives.md: CertMapIssuedBy holds by signature, not by names or by what the client sent."""

import pytest

import der
from cert_parts import KEY_USAGE
from httpd_setup import virtual_host
from pki import Ca, dns, email, extension, make, new_key, permitted
from places import REASON, Asker, ask, outcome, place, places, refuse

OK, NO = "ok", "!no_rule_matched"
VERSIONS = ["1.2", "1.3"]


def again(ca, **how):
    """Another certificate of the same authority: its name, its key."""
    return Ca(*ca.name, key=ca.key, **how)


class Authorities:
    """Authorities besides those of pki. mod_ssl trusts what `trusted` holds."""

    def __init__(self, pki):
        self.sub = Ca("O=Example", "CN=Sub CA", parent=pki.issuing)
        self.old = Ca("O=Roll", "CN=Roll CA")
        self.new = Ca("O=Roll", "CN=Roll CA", kind="rsa")
        self.aging = Ca("O=Aging", "CN=Aging CA")
        self.limited = Ca("O=Limited", "CN=Limited CA")
        self.flat = Ca("O=Flat", "CN=Flat CA", path_length=0)
        self.reissued = Ca("O=Again", "CN=Again CA")
        self.trusted = [self.old, self.new, self.aging, self.limited, self.flat, self.reissued]
        expired = again(self.aging, not_before=-7200, not_after=-3600)
        future = again(self.aging, not_before=3600)
        # OpenSSL finds fault with it before it looks at the signature.
        namesake = Ca(*self.flat.name, extensions=[extension("1.3.6.1.4.1.32473.1", der.octets(b""), critical=True)])
        constraint = permitted(email("limited.example"), dns("limited.example"))
        self.files = {
            "sub": self.sub.pem, "old": self.old.pem, "roll": self.old.pem + self.new.pem,
            "expired": expired.pem, "future": future.pem,
            "expired-and-current": expired.pem + self.aging.pem,
            "current-and-expired": self.aging.pem + expired.pem,
            "limited": again(self.limited, extensions=[constraint]).pem, "flat": self.flat.pem,
            "reissued": again(self.reissued, ski=b"another").pem, "namesake": namesake.pem,
            "root-and-corp": "Our authorities\r\n" + (pki.root.pem + pki.issuing.pem).replace(
                "\n", "\r\n"),
        }

    def conf_files(self):
        return {f"conf/{name}.pem": text for name, text in self.files.items()}


@pytest.fixture(scope="module")
def authorities(pki):
    return Authorities(pki)


RULES = {
    "corp": "conf/corp-ca.pem", "twin": "conf/twin-ca.pem", "root": "conf/root-ca.pem",
    "corp-twin": "conf/corp-ca.pem conf/twin-ca.pem", "partner-corp":
    "conf/partner-ca.pem conf/corp-ca.pem", "root-sub": "conf/root-ca.pem conf/sub.pem",
    "twice": "conf/corp-ca.pem conf/root-and-corp.pem", "partner": "conf/partner-ca.pem",
    **{name: f"conf/{name}.pem" for name in ("sub", "old", "roll", "expired", "future", "limited",
                                             "flat", "expired-and-current", "current-and-expired",
                                             "root-and-corp", "reissued", "namesake")}}
DENIED = ("expired", "future", "limited", "reissued", "namesake")


@pytest.fixture(scope="module")
def httpd(serve, pki, authorities):
    main = "".join(f"<CertMapRule {name}>\nCertMapIssuedBy {files}\nCertMapUser ok\n</CertMapRule>\n"
                   for name, files in RULES.items())
    main += "".join(f"<CertMapRule deny-{name}>\nCertMapIssuedBy conf/{name}.pem\nCertMapDeny\n</CertMapRule>\n"
                    for name in DENIED) + "<CertMapRule all>\nCertMapUser ok\n</CertMapRule>\n"
    trusted = pki.conf_files()["conf/client-cas.pem"]
    trusted += "".join(ca.pem for ca in authorities.trusted)
    own = "".join(map(place, (*RULES, "corp+twin", "twin+corp", *(f"deny-{name}+all" for name in DENIED))))
    # There mod_ssl knows the twin only, and there is nothing else to tell the two keys apart.
    settings = places({}, main=main, vhost=own, after=virtual_host("twin", REASON, own, ca="twin-ca"),
                      files={"conf/client-cas.pem": trusted, **authorities.conf_files()})
    return serve(**settings)


@pytest.fixture(scope="module")
def twins(pki):
    """Equal in everything but the key that signed."""
    same = dict(subject=["O=Example", "CN=alice"], serial=7, san=[email("alice@example.com")])
    return {"corp": pki.issuing.issue(**same), "twin": pki.twin.issue(**same)}


def rule_of(response):
    return response.env["CERTMAP_RULE"] if response.status == 200 else outcome(response)


@pytest.mark.parametrize("tls", VERSIONS)
def test_a_twin_is_another_authority(httpd, twins, tls):
    for _ in range(3):
        askers = {name: Asker(httpd, cert, tls=tls) for name, cert in twins.items()}
        assert {(rule, name): asker(rule) for rule in ("corp", "twin")
                for name, asker in askers.items()} == {
            ("corp", "corp"): OK, ("corp", "twin"): NO, ("twin", "corp"): NO, ("twin", "twin"): OK}


@pytest.mark.parametrize("tls", VERSIONS)
@pytest.mark.parametrize("name", ["corp", "twin"])
def test_a_twin_is_another_authority_on_resumed_sessions(httpd, twins, tls, name):
    first = httpd.connect(twins[name], tls=tls)
    other = {"corp": "twin", "twin": "corp"}[name]
    assert outcome(first.get(f"/cgi/env/{other}")) == NO
    second = httpd.connect(resume=first)
    assert second.resumed
    assert [outcome(second.get(f"/cgi/env/{rule}")) for rule in (other, name)] == [NO, OK]


@pytest.mark.parametrize("place_name", ["corp+twin", "twin+corp"])
@pytest.mark.parametrize("name", ["corp", "twin"])
def test_each_twin_gets_its_own_rule(httpd, twins, place_name, name):
    assert rule_of(httpd.get(f"/cgi/env/{place_name}", twins[name])) == name


@pytest.mark.parametrize("rule, answer", [("twin", OK), ("corp", NO), ("corp-twin", OK)])
def test_every_key_of_a_name_is_tried(httpd, pki, rule, answer):
    cert = pki.twin.issue(aki=False, ski=False)
    assert ask(httpd, cert, rule, sni="twin.example.test") == answer


def test_an_authority_that_changed_its_key(httpd, authorities):
    certs = [authorities.old.issue(), authorities.new.issue()]
    assert [ask(httpd, cert, "roll") for cert in certs] == [OK, OK]
    assert [ask(httpd, cert, "old") for cert in certs] == [OK, NO]


@pytest.mark.parametrize("rule, answer", [
    ("corp", OK), ("partner-corp", OK), ("corp-twin", OK), ("twice", OK), ("root-and-corp", OK),
    ("partner", NO), ("root", NO), ("sub", NO), ("root-sub", NO)])
def test_any_certificate_of_any_file_may_be_the_anchor(httpd, pki, rule, answer):
    assert ask(httpd, pki.alice, rule) == answer


def below_sub(authorities):
    """mod_ssl gets to know the intermediate authority from the client."""
    return authorities.sub.issue(["O=Example", "CN=deep"]).with_chain(authorities.sub)


@pytest.mark.parametrize("tls", VERSIONS)
def test_intermediates_come_from_the_files_only(httpd, authorities, tls):
    expected = {"corp": NO, "root": NO, "root-and-corp": NO, "sub": OK, "root-sub": OK}
    first = httpd.connect(below_sub(authorities), tls=tls)
    assert {rule: outcome(first.get(f"/cgi/env/{rule}")) for rule in expected} == expected
    second = httpd.connect(resume=first)
    assert second.resumed
    assert {rule: outcome(second.get(f"/cgi/env/{rule}")) for rule in expected} == expected


@pytest.mark.parametrize("name", ["corp", "twin"])
def test_what_else_the_client_sends_counts_for_nothing(httpd, pki, twins, name):
    cert = twins[name].with_chain(pki.issuing, pki.twin, pki.root, pki.partner)
    assert [ask(httpd, cert, rule) for rule in ("corp", "twin", "partner", "root")] == [
        OK if rule == name else NO for rule in ("corp", "twin", "partner", "root")]


def test_a_missing_intermediate_is_said(httpd, authorities):
    seen = httpd.watch()
    assert ask(httpd, below_sub(authorities), "root") == NO
    line = seen.error("Sub CA")
    assert "[certmap:info]" in line and "root-ca.pem" in line and "intermediate" in line


@pytest.mark.parametrize("rule, answer", [
    ("expired", NO), ("future", NO), ("expired-and-current", OK), ("current-and-expired", OK)])
def test_the_dates_of_the_authority(httpd, authorities, rule, answer):
    assert ask(httpd, authorities.aging.issue(), rule) == answer


@pytest.mark.parametrize("san, answer", [
    ([email("a@limited.example")], OK), ([dns("h.limited.example")], OK), ([], OK),
    ([email("a@elsewhere.example")], NO), ([dns("h.elsewhere.example")], NO),
    ([email("a@limited.example"), email("a@elsewhere.example")], NO)])
def test_name_constraints_of_the_authority(httpd, authorities, san, answer):
    assert ask(httpd, authorities.limited.issue(san=san), "limited") == answer


def test_key_identifiers_do_not_decide(httpd, authorities):
    """They help to find a CA (RFC 5280 section 4.2.1.1); another certificate of it may have others."""
    cert = authorities.reissued.issue()
    assert ask(httpd, cert, "reissued") == OK
    assert ask(httpd, cert, "deny-reissued+all") == "!denied_by_rule"


@pytest.mark.parametrize("rule", ["expired", "future", "limited"])
def test_a_deny_rule_holds_for_whom_its_key_signed(httpd, authorities, rule):
    """Whether the copy of the CA's certificate would make the client's valid, or not."""
    ca = authorities.limited if rule == "limited" else authorities.aging
    assert ask(httpd, ca.issue(san=[email("a@elsewhere.example")]), f"deny-{rule}+all") == "!denied_by_rule"
    assert ask(httpd, authorities.flat.issue(), f"deny-{rule}+all") == OK


def test_a_deny_rule_holds_for_nobody_whom_a_namesake_s_key_signed(httpd, authorities):
    cert = authorities.flat.issue()
    assert ask(httpd, cert, "namesake") == NO
    assert ask(httpd, cert, "deny-namesake+all") == OK


def test_why_what_a_key_signed_is_not_valid_is_said(httpd, authorities):
    seen = httpd.watch()
    assert ask(httpd, authorities.limited.issue(san=[email("a@elsewhere.example")]), "limited") == NO
    assert "signed this certificate, which is not valid: permitted subtree violation" in seen.error("limited")


def test_a_path_length_of_zero_is_enough_for_clients(httpd, authorities):
    assert ask(httpd, authorities.flat.issue(), "flat") == OK


def test_equal_names_may_be_written_differently(httpd, pki):
    issuer = [("O", der.PRINTABLE, b"EXAMPLE"), ("CN", der.BMP, "corp  ca".encode("utf-16-be"))]
    cert = make(["CN=x"], new_key(), issuer, pki.issuing.key,
                extensions=[extension(KEY_USAGE, der.bits(b"\x80", 7), critical=True)])
    assert ask(httpd, cert, "corp") == OK


def test_an_authority_that_expires_ends_open_connections(serve, pki):
    aging = Ca("O=Aging", "CN=Aging CA")
    short = again(aging, not_after=2)
    trusted = pki.conf_files()["conf/client-cas.pem"] + aging.pem
    httpd = serve(**places({"short": "CertMapUser ok"}, issued_by="conf/short.pem",
                           files={"conf/client-cas.pem": trusted, "conf/short.pem": short.pem}))
    asker = Asker(httpd, aging.issue())
    assert asker("short") == OK
    short.cert.wait_expired()
    assert asker("short") == NO


def no_ca(**how):
    return lambda pki: Ca("CN=No CA", **how).pem


def indented(text):
    return "".join("  " + line for line in text.splitlines(keepends=True))


WRONG = {
    "a client's certificate": (lambda pki: pki.alice.pem, "CA"),
    "a server's certificate": (lambda pki: pki.server.pem, "CA"),
    "CA false": (no_ca(ca=False), "CA"),
    "no keyCertSign": (no_ca(key_usage=b"\x02"), "CA"),
    "neither": (no_ca(ca=False, key_usage=b"\x80"), "CA"),
    "one of several": (lambda pki: pki.root.pem + pki.alice.pem, "certificate 2"),
    "an empty file": (lambda pki: "", "no certificate"),
    "a key": (lambda pki: pki.alice.key_pem, "no certificate"),
    "DER": (lambda pki: pki.root.cert.der, "PEM"),
    "a damaged file": (lambda pki: pki.root.pem[:200] + "\n-----END CERTIFICATE-----\n", "wrong.pem"),
    "a file that ends early": (lambda pki: pki.root.pem + pki.issuing.pem[:200], "wrong.pem"),
    # What OpenSSL passes over would be a CA that a rule does not know.
    "trust settings in one of several": (
        lambda pki: pki.root.pem.replace(" CERT", " TRUSTED CERT") + pki.issuing.pem, "openssl x509"),
    "a bundle among several": (
        lambda pki: pki.issuing.pem + pki.root.pem.replace(" CERTIFICATE", " PKCS7"), "-print_certs"),
    "one that is indented": (
        lambda pki: pki.issuing.pem + indented(pki.root.pem), "exactly -----BEGIN CERTIFICATE-----"),
    "four dashes": (
        lambda pki: pki.root.pem.replace("-----", "----") + pki.issuing.pem,
        "wrong.pem:1: the certificate here is not read"),
    "blanks beside the dashes": (
        lambda pki: pki.issuing.pem + pki.root.pem.replace("-BEGIN CERTIFICATE-", "- BEGIN CERTIFICATE -"), "exactly"),
    "dashes of a text": (
        lambda pki: (pki.issuing.pem + pki.root.pem.replace("-----", "\u2014")).encode(), "exactly"),
    "old line ends": (lambda pki: pki.root.pem.replace("\n", "\r"), "tr"),
}


@pytest.mark.parametrize("content, word", WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_told_with_its_line(make_httpd, pki, content, word):
    lines, _ = refuse(make_httpd, "CertMapUser ok\nCertMapIssuedBy conf/corp-ca.pem conf/wrong.pem",
                      "CertMapIssuedBy", "conf/wrong.pem", word, files={"conf/wrong.pem": content(pki)})
    assert set(lines) == {2}


def test_a_file_that_is_missing_is_told_with_its_line(make_httpd):
    lines, _ = refuse(make_httpd, "CertMapUser ok\nCertMapIssuedBy conf/nowhere.pem", "nowhere.pem")
    assert set(lines) == {2}


def test_a_folder_is_no_file(make_httpd):
    refuse(make_httpd, "CertMapUser ok\nCertMapIssuedBy conf", "conf")

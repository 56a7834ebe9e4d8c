"""Ways to find an entry by a certificate, each against slapd, as its log has the search."""

import pytest

from directory import PEOPLE, person
from fake_ldap import FakeLdap, filter_values, found
from pki import Ca, email, krb5, sid_extension, upn, uri
from places import Asker, ask, places, quoted

SERIAL = bytes.fromhex("612288c20000000002a6")
ALTERNATIVE = "altSecurityIdentities=X509:"
FILTERS = {
    "mail": "(mail={email})",
    "upn": "(userPrincipalName={upn})",
    "either": "(|(mail={email})(userPrincipalName={upn}))",
    "subject": "(certSubject={subject})",
    "see-also": "(seeAlso={subject!rfc4514})",
    "entry-dn": f"(entryDN=uid={{subject.CN!dn}},{PEOPLE})",
    "entry-dn-rule": f"(entryDN:distinguishedNameMatch:=uid={{subject.CN!dn}},{PEOPLE})",
    "cea": "(userCertificate:certificateExactMatch:={cea})",
    "issuer-subject": "(" + ALTERNATIVE + "<I>{issuer!ad_x500}<S>{subject!ad_x500})",
    "issuer-serial": "(" + ALTERNATIVE + "<I>{issuer!ad_x500}<SR>{serial!hex_r})",
    "ski": "(" + ALTERNATIVE + "<SKI>{ski})",
    "rfc822": "(" + ALTERNATIVE + "<RFC822>{email})",
    "sha1": "(" + ALTERNATIVE + "<SHA1-PUKEY>{cert!sha1})",
    "ipa": "(ipaCertMapData=X509:<I>{issuer!nss_x500}<S>{subject!nss_x500})",
    "krb5": "(description={krb5})",
    "sid": "(description={sid})",
    "uri": "(labeledURI={uri})",
    "serial": "(description={serial!HEX_C})",
    "decimal": "(employeeNumber={serial!dec})",
    "local": "(uid={email!local!lower})",
    "substring": "(&(mail={email!local}@*)(mail=*@{email!domain}))",
    "unlocked": "(&(objectClass=inetOrgPerson)(mail={email})(!(nsAccountLock=TRUE)))",
    "group": r"(&(cn=$1)(description={ou}))",
}
LINES = {"group": 'CertMapMatch email =~ "(.+)@example\\.com"\nCertMapMatch subject.OU =~ "(?P<ou>.+)"'}


@pytest.fixture(scope="module")
def rich(pki):
    """One certificate with everything in it, and its person's entry in the directory."""
    cert = pki.issuing.issue(
        ["O=Acme, Inc. R+D", "OU=Red", 'CN=Jõeorg "J" \\ <x>'], serial=SERIAL,
        san=[email("Rich.Person@example.com"), upn("rich@corp.example"), krb5("EXAMPLE.COM", "rich"),
             uri("https://id.example.com/rich")], extensions=[sid_extension("S-1-5-21-1-2-3-1104")])
    return cert, dict(
        objectClass=["inetOrgPerson", "examplePerson", "labeledURIObject"], uid="rich", cn="Rich.Person",
        sn="x", mail="Rich.Person@example.com", userPrincipalName="rich@corp.example",
        certSubject=r'CN=Jõeorg \"J\" \\ \<x\>,OU=Red,O=Acme\, Inc. R\+D',
        seeAlso=r'cn=jõeorg \22J\22 \5C \3Cx\3E, ou=red, o=acme\2C inc. r\2Bd', userCertificate_binary=cert.der,
        altSecurityIdentities=[
            "X509:<I>O=Example,CN=Corp CA<SR>a60200000000c2882261", f"X509:<SKI>{cert.ski}",
            r"X509:<I>O=Example,CN=Corp CA<S>O=Acme\, Inc. R\+D,OU=Red,CN=J\C3\95eorg \"J\" \\ \<x\>".replace(
                r"\C3\95", r"\C3\B5"),
            "X509:<RFC822>Rich.Person@example.com", f"X509:<SHA1-PUKEY>{cert.sha1}"],
        ipaCertMapData=r"X509:<I>O=Example,CN=Corp CA<S>O=Acme\, Inc. R\+D,OU=Red,CN=J\C3\B5eorg \"J\" \\ \<x\>",
        description=["rich@EXAMPLE.COM", "S-1-5-21-1-2-3-1104", "61:22:88:C2:00:00:00:00:02:A6", "Red"],
        labeledURI="https://id.example.com/rich", employeeNumber="458706592575796350550694")


@pytest.fixture(scope="module")
def directory(make_directory, rich):
    return make_directory({f"uid=rich,{PEOPLE}": rich[1], **person("rich.person", mail=None),
                           **person("other"), **person("locked", nsAccountLock="TRUE"),
                           **person("open", nsAccountLock="FALSE")})


@pytest.fixture(scope="module")
def httpd(serve, directory):
    rules = {name: LINES.get(name, "") + "\n" + directory.lines(text) for name, text in FILTERS.items()}
    rules["any-ca"] = directory.lines(FILTERS["cea"], "CertMapLDAPVerifyCert On")
    return serve(**places(rules))


@pytest.mark.parametrize("name", ["mail", "upn", "either", "subject", "see-also", "cea", "issuer-subject",
                                  "issuer-serial", "ski", "rfc822", "sha1", "ipa", "krb5", "sid", "uri",
                                  "serial", "decimal", "substring", "unlocked", "group"])
def test_an_entry_is_found(httpd, directory, rich, name):
    seen = directory.watch()
    assert ask(httpd, rich[0], name) == "rich"
    search = seen.search()
    assert "(?" not in search.filter  # an attribute or value that slapd does not understand
    assert (search.result, search.entries) == (0, 1)


@pytest.mark.parametrize("name", [name for name in FILTERS if name not in ("local", "entry-dn", "entry-dn-rule")])
def test_another_persons_certificate_finds_nothing(httpd, directory, pki, name):
    seen = directory.watch()
    stranger = pki.issuing.issue(
        ["OU=Blue", "CN=Rich"], san=[email("poor@example.com"), upn("poor@corp.example"),
                                     krb5("EXAMPLE.COM", "poor"), uri("https://id.example.com/poor")],
        extensions=[sid_extension("S-1-5-21-1-2-3-1105")])
    assert ask(httpd, stranger, name) == "!no_rule_matched"
    assert seen.search().entries == 0


def test_a_name_is_mapped_by_a_part_of_it(httpd, pki):
    assert ask(httpd, pki.issuing.issue(["CN=x"], san=[email("RICH@example.com")]), "local") == "rich"
    assert ask(httpd, pki.issuing.issue(["CN=x"], san=[email("rich@other.example")]), "local") == "rich"


@pytest.mark.parametrize("name", ["entry-dn", "entry-dn-rule"])
def test_a_dn_is_built_from_a_value(httpd, directory, pki, name):
    assert ask(httpd, pki.issuing.issue(["CN=rich"]), name) == "rich"
    hostile = {"rich,ou=People": r"rich\5C,ou=People", "a+uid=rich": r"a\5C+uid=rich",
               'a"b\\': r'a\5C"b\5C\5C', "#72": r"\5C#72", "a;b<c>": r"a\5C;b\5C<c\5C>"}
    for subject in hostile:
        seen = directory.watch()
        assert ask(httpd, pki.issuing.issue([f"CN={subject}"]), name) == "!no_rule_matched"
        filter_text = seen.search().filter
        assert "(?" not in filter_text
        # One RDN below the base, whatever the value holds.
        assert filter_text.count(",ou=people,dc=example,dc=com") == 1, filter_text


def test_a_missing_attribute_asks_nothing(httpd, directory, pki):
    seen = directory.watch()
    asker = Asker(httpd, pki.issuing.issue(["CN=alone"]))
    for name in ("mail", "upn", "either", "krb5", "sid", "uri", "local"):
        assert asker(name) == "!no_rule_matched"
    seen.searches(0)
    assert asker("issuer-serial") == "!no_rule_matched"
    seen.searches(1)


def test_two_different_values_are_ambiguous_and_ask_nothing(httpd, directory, pki):
    two = pki.issuing.issue(["CN=x"], san=[email("open@example.com"), email("other@example.com")])
    seen = directory.watch()
    assert ask(httpd, two, "mail") == "!ambiguous_attribute"
    seen.searches(0)


def test_the_filter_keeps_locked_accounts_out(httpd, directory, pki):
    assert ask(httpd, pki.person("locked"), "mail") == "locked"
    assert ask(httpd, pki.person("locked"), "unlocked") == "!no_rule_matched"
    assert ask(httpd, pki.person("open"), "unlocked") == "open"


# certificateExactMatch: what RFC 4523 makes of serial numbers and issuer names

ISSUERS = {
    "quote": ["O=Example", 'CN=the "best" CA'],
    "backslash": ["O=Example", "CN=back\\slash CA"],
    "comma": ["O=Acme, Inc.", "CN=A+B=C; <CA> #1"],
    "blanks": ["O=Example", "CN=#1 CA  two"],
    "asterisk": ["O=Example", "CN=*)(uid=*"],
    "types": ["C=EE", "DC=example", ["CN=multi", "OU=valued"], "emailAddress=ca@example.com",
              "serialNumber=12", "ST=Harju"],
}
SERIALS = {"one": 1, "leading-zero": b"\x00\x80", "twenty-octets": b"\x7f" + b"\xab" * 19, "zeros": b"\x01\x00\x00"}


@pytest.fixture(scope="module")
def issuers(pki):
    return {name: Ca(*subject, parent=pki.root) for name, subject in ISSUERS.items()}


@pytest.fixture(scope="module")
def exact(serve, directory, issuers):
    """A rule below all these issuers, and one that takes the directory's word for it."""
    both = {"cea": directory.lines(FILTERS["cea"]),
            "cea-only": directory.lines(FILTERS["cea"], "CertMapLDAPVerifyCert Off")}
    files = {f"conf/{name}.pem": ca.pem for name, ca in issuers.items()}
    return serve(**places(both, issued_by=" ".join(["conf/root-ca.pem", "conf/corp-ca.pem", *files]), files=files))


@pytest.mark.parametrize("name", [*ISSUERS, *SERIALS])
def test_exact_match_of_any_issuer_name_and_serial(exact, directory, pki, issuers, name):
    ca = issuers.get(name, pki.issuing)
    login = f"exact-{name}"
    cert = ca.issue([f"CN={login}"], serial=SERIALS.get(name)).with_chain(ca.cert)
    other = ca.issue([f"CN={login}"]).with_chain(ca.cert)
    directory.add_all(person(login, mail=None, userCertificate_binary=cert.der))
    seen = directory.watch()
    asker = Asker(exact, cert)
    assert asker("cea") == login
    assert "(?" not in seen.searches(at_least=1)[-1].filter
    assert asker("cea-only") == login
    assert Asker(exact, other)("cea") == "!no_rule_matched"


def test_exact_match_of_an_issuer_beyond_ascii_is_understood(serve, directory, pki):
    """Whether it is found is up to the directory: OpenLDAP 2.5 never finds such a certificate."""
    ca = Ca("O=Näide", "CN=証明書 CA", parent=pki.root)
    cert = ca.issue(["CN=beyond"]).with_chain(ca.cert)
    directory.add_all(person("beyond", mail=None, userCertificate_binary=cert.der))
    httpd = serve(**places({"cea": directory.lines(FILTERS["cea"])}, issued_by="conf/root-ca.pem conf/other.pem",
                           files={"conf/other.pem": ca.pem}))
    seen = directory.watch()
    assert ask(httpd, cert, "cea") in ("beyond", "!no_rule_matched")
    assert r'issuer rdnSequence:"cn=\E8\A8\BC\E6\98\8E\E6\9B\B8 ca,o=n\C3\A4ide"' in seen.search().filter


def test_an_issuer_of_the_same_name_is_told_apart_by_the_certificate(serve, directory, pki):
    """The assertion holds issuer name and serial only: another CA of that name can choose both."""
    real = pki.issuing.issue(["CN=twin"], serial=0x77AA)
    fake = pki.twin.issue(["CN=twin"], serial=0x77AA)
    directory.add_all(person("twin", mail=None, userCertificate_binary=real.der))
    httpd = serve(**places({"cea": directory.lines(FILTERS["cea"]),
                            "off": directory.lines(FILTERS["cea"], "CertMapLDAPVerifyCert Off")}, issued_by=None))
    assert ask(httpd, real, "cea") == "twin"
    assert ask(httpd, fake, "cea") == "!certificate_not_in_entry"
    assert ask(httpd, fake, "off") == "twin"


# What slapd cannot show: octets of the filter on the wire

@pytest.fixture(scope="module")
def wire(serve, pki):
    fake = FakeLdap(on_search=found(("uid=alice,dc=example,dc=com", {"uid": ["alice"]})))
    url = f"ldap://127.0.0.1:{fake.port}/dc=example,dc=com?uid?sub?"
    filters = {"binary": "(userCertificate;binary={cert!bin})", "spki": "(x={spki!bin})",
               "serial": "(x={serial!bin})", "digest": "(x={cert!sha256!bin})", "text": "(x={subject.CN!bin})",
               "name": "(x={subject.CN})"}
    yield fake, serve(**places({name: f"CertMapLDAPURL {quoted(url + text)}" for name, text in filters.items()}))
    fake.close()


@pytest.mark.parametrize("name, octets", [
    ("binary", lambda cert: cert.der), ("spki", lambda cert: cert.spki), ("serial", lambda cert: SERIAL),
    ("digest", lambda cert: bytes.fromhex(cert.sha256)), ("text", lambda cert: "a*)(\\ ü".encode()),
    ("name", lambda cert: "a*)(\\ ü".encode())])
def test_the_filter_holds_the_very_octets(wire, pki, name, octets):
    fake, httpd = wire
    cert = pki.issuing.issue(["CN=a*)(\\ ü"], serial=SERIAL)
    before = len(fake.searches())
    assert ask(httpd, cert, name) == "alice"
    search, = fake.searches()[before:]
    assert octets(cert) in filter_values(search.filter), search.filter


def test_the_binary_certificate_is_asked_for_by_its_name(wire, pki):
    fake, httpd = wire
    before = len(fake.searches())
    ask(httpd, pki.person("someone"), "binary")
    search, = fake.searches()[before:]
    assert b"userCertificate;binary" in filter_values(search.filter)

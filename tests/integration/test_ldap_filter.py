"""Nothing that a certificate says changes the filter: escaped by construction, or refused."""

import re

import pytest

from directory import PEOPLE, person
from pki import Ca, dirname, dns, email, krb5, smtputf8, srv, upn, uri, xmpp
from places import Asker, ask, places

DIRECTORY = dict(entries={
    **person("alice", description=["alice", "admin"], mail="alice@example.com"),
    **person("root", description="root"),
    **person("star", description="*", mail="star@example.com"),
    **person("paren", description="a)(b", mail="paren@example.com")})
# Where an attacker can write, and the template that reads it.
KINDS = {
    "cn": ("{subject.CN}", lambda text: dict(subject=["CN=" + text])),
    "o": ("{subject.O}", lambda text: dict(subject=["O=" + text])),
    "unnamed": ("{subject.2.5.4.97}", lambda text: dict(subject=["2.5.4.97=" + text])),
    "email": ("{email}", lambda text: dict(san=[email(text + "@example.com")])),
    "domain": ("{email!domain}", lambda text: dict(san=[email("a@" + text)])),
    "local": ("{email!local}", lambda text: dict(san=[email(text + "@example.com")])),
    "dns": ("{dns}", lambda text: dict(san=[dns(text)])),
    "uri": ("{uri}", lambda text: dict(san=[uri("urn:" + text)])),
    "upn": ("{upn}", lambda text: dict(san=[upn(text)])),
    "upper": ("{upn!upper}", lambda text: dict(san=[upn(text)])),
    "xmpp": ("{xmpp}", lambda text: dict(san=[xmpp(text)])),
    "smtputf8": ("{smtputf8}", lambda text: dict(san=[smtputf8(text + "@example.com")])),
    "srv": ("{srv}", lambda text: dict(san=[srv("_x." + text)])),
    "krb5": ("{krb5}", lambda text: dict(san=[krb5("REALM", text)])),
    "krb5-realm": ("{krb5}", lambda text: dict(san=[krb5(text, "x")])),
    "dirname": ("{dirname}", lambda text: dict(san=[dirname(["CN=" + text])])),
    "subject": ("{subject}", lambda text: dict(subject=["CN=" + text])),
    "subject-ad": ("{subject!ad_x500}", lambda text: dict(subject=["CN=" + text])),
    "subject-nss": ("{subject!nss_ldap}", lambda text: dict(subject=["CN=" + text])),
    "second": ("{subject.OU[-1]}", lambda text: dict(subject=["OU=x", "OU=" + text])),
    "group": ("$1", lambda text: dict(subject=["title=" + text])),
    "named": ("{login}", lambda text: dict(subject=["street=" + text])),
    "ski": ("{ski}", lambda text: dict()),
}
LINES = {"group": 'CertMapMatch subject.title =~ "(.*)"', "named": 'CertMapMatch subject.street =~ "(?P<login>.*)"'}
HOSTILE = ["*", "*)(uid=alice", "alice)(|(uid=*", ")(|(uid=*", r"\2a", r"\2a\29\28uid=alice", "a*", "*)(&",
           "alice))(|(description=*", "(", ")", "\\", "&", "|(uid=alice)", "!alice", "=*", ":=alice", ">=a"]


def escaped(text):
    """RFC 4515, as slapd prints it."""
    return re.sub(r"[*()\\]", lambda found: f"\\{ord(found[0]):02X}", text)


@pytest.fixture(scope="module")
def httpd(serve, directory):
    rules = {name: LINES.get(name, "") + "\n" + directory.lines(f"(&(objectClass=inetOrgPerson)(description={text}))")
             for name, (text, _) in KINDS.items()}
    rules["issuer"] = directory.lines("(description={issuer.CN})")
    rules["issuer-name"] = directory.lines("(description={issuer})")
    rules["substring"] = directory.lines("(description=*{subject.CN}*)")
    rules["extensible"] = directory.lines("(description:caseExactMatch:={subject.CN})")
    rules["presence"] = directory.lines("(description={subject.CN}*)")
    rules["bin"] = directory.lines("(description={subject.CN!bin})")
    rules["dn"] = directory.lines(f"(entryDN=uid={{subject.CN!dn}},{PEOPLE})")
    return serve(**places(rules, issued_by=None))


def ask_all(httpd, directory, pki, name, subject_of):
    """For each hostile text: the text, what came of it, and the filter as slapd has it."""
    seen = directory.watch()
    outcomes = [ask(httpd, pki.issuing.issue(**{"subject": ["OU=none"], **subject_of(text)}), name)
                for text in HOSTILE]
    return list(zip(HOSTILE, outcomes, (search.filter for search in seen.searches(len(HOSTILE)))))


@pytest.mark.parametrize("name", [name for name in KINDS if name != "ski"])
def test_no_attribute_can_add_to_the_filter(httpd, directory, pki, name):
    for text, outcome, filter_text in ask_all(httpd, directory, pki, name, KINDS[name][1]):
        if text == "*" and name in ("cn", "o", "unnamed", "dns", "upn", "upper", "xmpp", "domain", "local",
                                    "second", "group", "named"):
            assert outcome == "star"  # the one whose description is an asterisk, and nobody else
        else:
            assert outcome == "!no_rule_matched", (text, outcome)
        assert filter_text.startswith("(&(objectClass=inetOrgPerson)(description="), filter_text
        value = filter_text.removeprefix("(&(objectClass=inetOrgPerson)(description=").removesuffix("))")
        assert not re.search(r"[*()]", value), filter_text
        if not name.startswith(("subject", "krb5", "dirname")):  # these escape in their own way before
            assert escaped(text).lower() in value.lower(), filter_text


@pytest.mark.parametrize("name", ["substring", "extensible", "presence", "bin", "dn"])
def test_no_operator_lets_a_value_out(httpd, directory, pki, name):
    for text, outcome, filter_text in ask_all(httpd, directory, pki, name, KINDS["cn"][1]):
        assert outcome == {"*": "star", "(": "paren", ")": "paren"}.get(text, "!no_rule_matched") or (
            outcome == "!no_rule_matched"), (text, outcome)
        inner = filter_text.split("=", 1)[1].removesuffix(")")
        if name in ("substring", "presence"):
            inner = inner.strip("*")
        assert not re.search(r"[*()]", inner), filter_text


def test_what_an_asterisk_finds_is_an_asterisk(httpd, pki):
    assert ask(httpd, pki.issuing.issue(["CN=*"]), "cn") == "star"
    assert ask(httpd, pki.issuing.issue(["CN=a)(b"]), "cn") == "paren"
    assert ask(httpd, pki.issuing.issue(["CN=admin"]), "cn") == "alice"


@pytest.mark.parametrize("text", ["*", "*)(uid=alice", r"\2a", ")(|(uid=*", 'a"b'])
def test_an_issuer_that_is_hostile(serve, directory, pki, text):
    ca = Ca("O=Example", "CN=" + text, parent=pki.root)
    httpd = serve(**places({"issuer": directory.lines("(&(description={issuer.CN})(sn=x))"),
                            "name": directory.lines("(&(description={issuer})(sn=x))"),
                            "cea": directory.lines("(userCertificate:certificateExactMatch:={cea})")}, issued_by=None))
    asker = Asker(httpd, ca.issue(["CN=x"]).with_chain(ca.cert))
    for name in ("issuer", "name", "cea"):
        seen = directory.watch()
        assert asker(name) == "!no_rule_matched"
        filter_text = seen.search().filter
        assert "(uid=" not in filter_text and "(?" not in filter_text
        assert filter_text.count("(") == (1 if name == "cea" else 3), filter_text


UNSAFE = {
    "fullwidth": "\uff41lice", "ligature": "\ufb01le", "nfd": "jose\u0301", "compatibility": "alice\u2460",
    "superscript": "alice\u00b2", "no-break-space": "a\u00a0lice", "angstrom": "\u212b", "blank-before": " alice",
    "blank-behind": "alice ", "zero-width": "ali\u200bce", "rlo": "ali\u202ece", "soft-hyphen": "ali\u00adce",
    "bom": "\ufeffalice", "word-joiner": "ali\u2060ce", "tag": "alice\U000e0041", "combining-first": "\u0301alice",
}
STABLE = {"cyrillic": "\u0430lice", "nfc": "jos\u00e9", "han": "\u8b49\u660e\u66f8", "two-words": "alice a",
          "sharp-s": "stra\u00dfe", "emoji": "alice\U0001f600"}


@pytest.mark.parametrize("text", UNSAFE.values(), ids=UNSAFE)
def test_a_value_that_a_directory_may_take_for_another_is_refused_unasked(httpd, directory, pki, text):
    seen, said = directory.watch(), httpd.watch()
    for name, how in (("cn", dict(subject=["CN=" + text])), ("upn", dict(san=[upn(text)])),
                      ("substring", dict(subject=["CN=" + text])), ("named", dict(subject=["street=" + text]))):
        assert ask(httpd, pki.issuing.issue(**how), name) == "!unsafe_account", name
    seen.searches(0)
    lines = said.errors("CM0012")
    assert len(lines) == 4 and "subject.CN" in lines[0] and "upn" in lines[1] and "login" in lines[3]


@pytest.mark.parametrize("text", STABLE.values(), ids=STABLE)
def test_another_script_is_just_another_value(httpd, directory, pki, text):
    seen = directory.watch()
    assert ask(httpd, pki.issuing.issue(["CN=" + text]), "cn") == "!no_rule_matched"
    seen.searches(1)


def test_a_refused_value_stops_at_this_rule(serve, directory, pki):
    httpd = serve(**places({"ldap": directory.lines("(description={subject.CN})"), "cn": "CertMapUser {subject.O}"},
                           extra=["ldap+cn"]))
    refused = pki.issuing.issue(["O=weaker", "CN= alice"])
    assert ask(httpd, refused, "ldap+cn") == "!unsafe_account"
    assert ask(httpd, pki.issuing.issue(["O=weaker", "CN=nobody"]), "ldap+cn") == "weaker"


def test_a_conversion_is_checked_as_it_is_sent(httpd, pki):
    """dn puts a backslash before a leading blank; the value is refused all the same."""
    assert ask(httpd, pki.issuing.issue(["CN= alice"]), "dn") == "!unsafe_account"


def test_hex_needs_no_check(httpd, directory, pki):
    seen = directory.watch()
    cert = pki.issuing.issue(["CN= x"])
    assert ask(httpd, cert, "ski") == "!no_rule_matched"
    assert cert.ski in seen.search().filter

"""What a directory's answer gives a request: attributes, strength, the audit event."""

import pytest

from directory import PEOPLE, person
from fake_ldap import FakeLdap, found
from places import Asker, ask, outcome, place, places, quoted, rule

BY_MAIL = "(mail={email})"
BY_CERT = "(userCertificate:certificateExactMatch:={cea})"
NOT_IN_ENTRY = "!certificate_not_in_entry"


@pytest.fixture(scope="module")
def held(pki):
    """Certificates that entries hold, by login."""
    certs = {login: pki.person(login) for login in ("right", "renewed", "old", "two", "plain")}
    certs["two-new"], certs["renewed-new"] = pki.person("two"), pki.person("renewed")
    return certs


@pytest.fixture(scope="module")
def directory(make_directory, held):
    entries = {
        **person("alice", displayName="Alice; the \\ one", description=["one", "two;three", "back\\slash"],
                 telephoneNumber="+372 5", cn=["alice", "Jos\u00e9"], audio=b"fine", title="Dr"),
        **person("bob"), **person("empty"),
        **person("right", userCertificate_binary=held["right"].der),
        **person("renewed", userCertificate_binary=held["renewed"].der),
        **person("two", userCertificate_binary=[held["two"].der, held["two-new"].der]),
        **person("without"), **person("twin-1", mail="twin@example.com"),
        **person("other-s", mail="twin@example.com"),
    }
    return make_directory(entries)


# CERTMAP_ATTR_…

@pytest.fixture(scope="module")
def attributes(serve, directory):
    return serve(**places({
        "all": directory.lines(BY_MAIL, attributes="uid,displayName,description,telephoneNumber,cn,noSuchThing"),
        "case": directory.lines(BY_MAIL, attributes="UID,DISPLAYNAME,Title"),
        "options": directory.lines(BY_MAIL, attributes="uid,cn;lang-en,x-y"),
        "dn": directory.lines(BY_MAIL, attributes="uid,entryDN,modifyTimestamp"),
        "account": directory.lines(BY_MAIL, attributes="uid,uid,mail"),
        "oid": directory.lines(BY_MAIL, attributes="uid,2.5.4.12"),
        "only": directory.lines(BY_MAIL), "cn": "CertMapUser {subject.CN}"}, extra=["all+cn"]))


def fetched(httpd, cert, name):
    response = httpd.get(f"/cgi/env/{name}", cert)
    assert response.status == 200, response
    return {key.removeprefix("CERTMAP_ATTR_"): value for key, value in response.env.items()
            if key.startswith("CERTMAP_ATTR_")}


def test_attributes_of_the_entry_are_in_the_environment(attributes, directory, pki):
    seen = directory.watch()
    found = fetched(attributes, pki.alice, "all")
    assert set(seen.search().attributes) == {"uid", "displayName", "description", "telephoneNumber", "cn",
                                             "noSuchThing"}
    assert found.keys() == {"DISPLAYNAME", "DESCRIPTION", "TELEPHONENUMBER", "CN"}
    assert found["DISPLAYNAME"] == "Alice\\; the \\\\ one"
    assert set(found["DESCRIPTION"].replace("\\;", "\1").split(";")) == {"one", "two\1three", "back\\\\slash"}
    assert found["TELEPHONENUMBER"] == "+372 5"
    assert set(found["CN"].split(";")) == {"alice", "Jos\u00e9"}


def test_an_attribute_that_the_entry_lacks_has_no_variable(attributes, pki):
    assert fetched(attributes, pki.person("empty"), "all") == {"CN": "empty"}


def test_only_what_is_listed_is_fetched(attributes, pki):
    assert fetched(attributes, pki.alice, "only") == {}


def test_names_become_upper_case_and_signs_underscores(attributes, pki):
    assert fetched(attributes, pki.alice, "case") == {"DISPLAYNAME": "Alice\\; the \\\\ one", "TITLE": "Dr"}
    assert fetched(attributes, pki.alice, "account") == {"UID": "alice", "MAIL": "alice@example.com"}


def test_operational_attributes_can_be_fetched(attributes, pki):
    found = fetched(attributes, pki.alice, "dn")
    assert found["ENTRYDN"] == f"uid=alice,{PEOPLE}"
    assert found["MODIFYTIMESTAMP"].endswith("Z")


def test_the_next_rules_decision_has_none_of_them(attributes, pki):
    response = attributes.get("/cgi/env/all+cn", pki.person("nobody"))
    assert response.env["REMOTE_USER"] == "nobody"
    assert not [key for key in response.env if key.startswith("CERTMAP_ATTR_")]


def test_a_client_cannot_set_them(attributes, pki):
    found = attributes.get("/cgi/env/only", pki.alice, {"CERTMAP_ATTR_CN": "x", "Certmap-Attr-Cn": "x"}).env
    assert "CERTMAP_ATTR_CN" not in found


# CertMapLDAPVerifyCert and strength

@pytest.fixture(scope="module")
def verified(serve, directory):
    rules = {
        "mail": directory.lines(BY_MAIL), "cea": directory.lines(BY_CERT),
        "mail-on": directory.lines(BY_MAIL, "CertMapLDAPVerifyCert On"),
        "mail-off": directory.lines(BY_MAIL, "CertMapLDAPVerifyCert Off"),
        "cea-on": directory.lines(BY_CERT, "CertMapLDAPVerifyCert On"),
        "cea-off": directory.lines(BY_CERT, "CertMapLDAPVerifyCert Off"),
        "listed": directory.lines(BY_MAIL, "CertMapLDAPVerifyCert On", attributes="uid,cn"),
        "cn": "CertMapUser {subject.CN}"}
    open_rules = {"open": directory.lines(BY_MAIL), "open-on": directory.lines(BY_MAIL, "CertMapLDAPVerifyCert On")}
    settings = places(rules, extra=["mail-on+cn"])
    settings["main"] += "".join(rule(name, text, None) for name, text in open_rules.items())
    settings["vhost"] += "".join(map(place, open_rules))
    return serve(**settings)


def strength(httpd, cert, name):
    response = httpd.get(f"/cgi/env/{name}", cert)
    return response.env["CERTMAP_STRENGTH"] if response.status == 200 else outcome(response)


@pytest.mark.parametrize("name", ["mail-on", "cea", "cea-on", "listed", "open-on"])
def test_the_entry_holds_this_very_certificate(verified, held, name):
    assert ask(verified, held["right"], name) == "right"
    assert strength(verified, held["right"], name) == "strong"
    if name != "cea":
        assert ask(verified, held["two"], name) == ask(verified, held["two-new"], name) == "two"


@pytest.mark.parametrize("name", ["mail-on", "listed", "open-on"])
def test_an_entry_with_another_certificate_or_none_refuses(verified, held, pki, name):
    assert ask(verified, held["renewed-new"], name) == NOT_IN_ENTRY
    assert ask(verified, pki.person("without"), name) == NOT_IN_ENTRY
    assert ask(verified, pki.person("right"), name) == NOT_IN_ENTRY
    assert ask(verified, pki.person("nobody"), name) == "!no_rule_matched"
    assert ask(verified, pki.person("twin"), name) == "!ambiguous_account"


def test_a_refusal_is_not_the_next_rules_business(verified, held, pki):
    assert ask(verified, held["renewed-new"], "mail-on+cn") == NOT_IN_ENTRY
    assert ask(verified, pki.person("nobody"), "mail-on+cn") == "nobody"


def test_off_takes_the_directorys_word(verified, held, pki):
    assert strength(verified, held["renewed-new"], "mail-off") == "issuer"
    assert strength(verified, held["renewed-new"], "mail") == "issuer"
    assert strength(verified, held["right"], "cea-off") == "issuer"
    assert strength(verified, held["right"], "open") == "weak"


@pytest.mark.parametrize("name, fetched_too", [("mail", False), ("mail-on", True), ("cea", True),
                                               ("cea-off", False)])
def test_the_certificate_is_fetched_only_where_it_is_compared(verified, directory, pki, name, fetched_too):
    """With a certificate that nobody has asked for yet: otherwise no search need be made."""
    seen = directory.watch()
    ask(verified, pki.person("two" if "mail" in name else "renewed"), name)
    for search in seen.searches(at_least=1):
        assert ("userCertificate;binary" in search.attributes) == fetched_too


@pytest.mark.parametrize("attribute, change, outcome_then", [
    ("userCertificate;binary", lambda der: [der], "alice"), ("userCertificate", lambda der: [der], "alice"),
    ("USERCERTIFICATE;BINARY", lambda der: [der], "alice"),
    ("userCertificate", lambda der: [b"", b"junk", der], "alice"),
    ("userCertificate;binary", lambda der: [der + b"\0"], NOT_IN_ENTRY),
    ("userCertificate;binary", lambda der: [der[:-1]], NOT_IN_ENTRY),
    ("userCertificate;binary", lambda der: [der[:-1] + bytes([der[-1] ^ 1])], NOT_IN_ENTRY),
    ("userCertificate;binary", lambda der: [b""], NOT_IN_ENTRY),
    ("userCertificate;binary", lambda der: [], NOT_IN_ENTRY),
    ("userSMIMECertificate", lambda der: [der], NOT_IN_ENTRY),
    ("cACertificate;binary", lambda der: [der], NOT_IN_ENTRY)], ids=range(11))
def test_the_certificate_is_compared_octet_for_octet(serve, pki, attribute, change, outcome_then):
    alice = pki.person("alice")
    fake = FakeLdap(on_search=found(("uid=alice", {"uid": ["alice"], attribute: change(alice.der)})))
    url = f"ldap://127.0.0.1:{fake.port}/dc=example,dc=com?uid?sub?(mail={{email}})"
    httpd = serve(**places({"ldap": f"CertMapLDAPURL {quoted(url)}\nCertMapLDAPVerifyCert On"}))
    assert ask(httpd, alice, "ldap") == outcome_then
    fake.close()


# Audit

def test_the_audit_event_names_directory_filter_and_cache(serve, directory, held, pki):
    httpd = serve(**places({"ldap": directory.lines(BY_MAIL, "CertMapLDAPGroups description"),
                            "strict": directory.lines(BY_MAIL, "CertMapLDAPVerifyCert On"),
                            "cn": "CertMapUser {subject.CN}"}, extra=["ldap+cn"], mpm="event"))  # one process
    alice = pki.person("alice")
    seen = httpd.watch()
    assert ask(httpd, alice, "ldap") == "alice"
    event, = seen.events(1)
    assert event["certmap"]["backend"] == "ldap"
    assert event["certmap"]["cache"] == "none"
    assert event["certmap"]["key"] == "(mail=alice@example.com)"
    assert event["certmap"]["strength"] == "issuer"
    assert event["rule"]["name"] == "ldap" and event["user"]["name"] == "alice"
    assert "map_generation" not in event["certmap"]

    seen.reset()
    assert ask(httpd, alice, "ldap") == "alice"
    event, = seen.events(1)
    assert (event["certmap"]["backend"], event["certmap"]["cache"]) == ("ldap", "process")

    seen.reset()
    assert ask(httpd, held["renewed-new"], "strict") == NOT_IN_ENTRY
    event, = seen.events(1)
    assert event["event"]["reason"] == "certificate_not_in_entry"
    assert (event["certmap"]["backend"], event["rule"]["name"]) == ("ldap", "strict")
    assert "user" not in event

    seen.reset()
    assert ask(httpd, pki.person("nobody"), "ldap+cn") == "nobody"
    event, = seen.events(1)
    assert event["certmap"]["backend"] == "template"
    assert event["certmap"]["rules_tried"] == ["ldap", "cn"]


def test_a_remembered_refusal_names_the_connection_as_its_cache(serve, directory, pki):
    httpd = serve(**places({"ldap": directory.lines(BY_MAIL)}))
    asker = Asker(httpd, pki.person("nobody"))
    seen = httpd.watch()
    assert asker("ldap") == asker("ldap") == "!no_rule_matched"
    assert [event["certmap"]["cache"] for event in seen.events(2)] == ["none", "connection"]


def test_a_remembered_decision_asks_nothing(serve, directory, pki):
    httpd = serve(**places({"ldap": directory.lines(BY_MAIL)}, mpm="event"))  # one process
    watch, alice = directory.watch(), pki.person("alice")
    asker = Asker(httpd, alice)
    for _ in range(5):
        assert asker("ldap") == "alice"
    assert ask(httpd, alice, "ldap") == "alice"
    watch.searches(1)

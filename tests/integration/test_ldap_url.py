"""docs/ldap.md: CertMapLDAPURL in all its forms, as the directory sees them."""

import re

import pytest

from directory import PEOPLE, SERVICE, SERVICE_SECRET, SUFFIX, person
from places import REASON, Asker, ask, place, rule
from ports import free_ports

DEEP = f"ou=Deep,{PEOPLE}"
SPACED = f"ou=Red Blue?#,{SUFFIX}"
DIRECTORY = dict(entries={
    **person("alice", displayName="Alice A.", description=["one", "two"]),
    **person("bob"),
    DEEP: dict(objectClass="organizationalUnit", ou="Deep"),
    f"uid=deep,{DEEP}": dict(objectClass="inetOrgPerson", uid="deep", cn="deep", sn="deep", mail="deep@example.com"),
    SPACED: dict(objectClass="organizationalUnit", ou="Red Blue?#"),
    f"uid=odd,{SPACED}": dict(objectClass="inetOrgPerson", uid="odd", cn="(odd)", sn="odd", mail="odd@example.com"),
})
BY_MAIL = "(mail={email})"
SUB, ONE, BASE_SCOPE = 2, 1, 0


def forms(directory, dead):
    """Name of a rule, its CertMapLDAPURL, and what is seen of it: base, scope, attributes, encrypted."""
    plain, tls = f"127.0.0.1:{directory.port}", f"127.0.0.1:{directory.ldaps_port}"
    people = f"{PEOPLE}?uid?sub?{BY_MAIL}"
    usual = (PEOPLE, SUB, ["uid"], False)
    encrypted = (PEOPLE, SUB, ["uid"], True)
    return {
        "ldap": (f'"ldap://{plain}/{people}"', usual),
        "unquoted": (f"ldap://{plain}/{people}", usual),
        "word-none": (f'"ldap://{plain}/{people}" NONE', usual),
        "name": (f'"ldap://localhost:{directory.port}/{people}"', usual),
        "upper": (f'"LDAP://{plain}/{PEOPLE}?uid?SUB?{BY_MAIL}" none', usual),
        "ldaps": (f'"ldaps://{tls}/{people}"', encrypted),
        "ldaps-ssl": (f'"ldaps://{tls}/{people}" SSL', encrypted),
        "ssl": (f'"ldap://{tls}/{people}" SSL', encrypted),
        "starttls": (f'"ldap://{plain}/{people}" STARTTLS', encrypted),
        "tls": (f'"ldap://{plain}/{people}" tls', encrypted),
        "ldapi": (f'"{directory.ldapi}/{people}"', usual),
        "ldapi-none": (f'"{directory.ldapi}/{people}" NONE', usual),
        "second": (f'"ldap://127.0.0.1:{dead} {plain}/{people}"', usual),
        "third": (f'"ldap://127.0.0.1:{dead}  127.0.0.1:{dead} {plain}/{people}" STARTTLS', encrypted),
        "both": (f'"ldaps://{tls} 127.0.0.1:{dead}/{people}"', encrypted),
        "no-attribute": (f'"ldap://{plain}/{PEOPLE}??sub?{BY_MAIL}"', usual),
        "no-scope": (f'"ldap://{plain}/{PEOPLE}?uid??{BY_MAIL}"', usual),
        "neither": (f'"ldap://{plain}/{PEOPLE}???{BY_MAIL}"', usual),
        "list": (f'"ldap://{plain}/{PEOPLE}?uid,displayName,description?sub?{BY_MAIL}"',
                 (PEOPLE, SUB, ["uid", "displayName", "description"], False)),
        "one": (f'"ldap://{plain}/{PEOPLE}?uid?one?{BY_MAIL}"', (PEOPLE, ONE, ["uid"], False)),
        "base": (f'"ldap://{plain}/uid=alice,{PEOPLE}?uid?base?{BY_MAIL}"',
                 (f"uid=alice,{PEOPLE}", BASE_SCOPE, ["uid"], False)),
        "top": (f'"ldap://{plain}/{SUFFIX}?uid?sub?{BY_MAIL}"', (SUFFIX, SUB, ["uid"], False)),
        "bare-filter": (f'"ldap://{plain}/{PEOPLE}?uid?sub?mail={{email}}"', usual),
        "percent": (f'"ldap://{plain}/ou=People%2Cdc=example%2cdc=com?uid?sub?%28mail=%7Bemail%7D%29"', usual),
    }


@pytest.fixture(scope="module")
def urls(directory):
    return forms(directory, free_ports(1)[0])


@pytest.fixture(scope="module")
def httpd(serve, directory, urls):
    more = {
        "deep-one": directory.lines(BY_MAIL, scope="one"),
        "deep-sub": directory.lines(BY_MAIL),
        "deep-base": directory.lines(BY_MAIL, scope="base"),
        "odd": directory.lines(BY_MAIL, base="ou=Red%20Blue%3F%23,dc=example,dc=com"),
        "odd-filter": directory.lines(r"(&(cn=\28{subject.CN}\29)(mail=*@example.com))", base=SUFFIX),
        "mark": directory.lines("(|(mail={email})(mail=what%3F))"),
        "cn": directory.lines(BY_MAIL, attributes="cn"),
    }
    rules = {**{name: f"CertMapLDAPURL {url}" for name, (url, _) in urls.items()}, **more}
    return serve(main="CertMapLDAPCACert conf/root-ca.pem\n" + "".join(rule(*each) for each in rules.items()),
                 vhost=REASON + "\n" + "".join(map(place, rules)))


NAMES = list(forms(type("Any", (), dict(port=1, ldaps_port=2, ldapi=""))(), 3))


@pytest.mark.parametrize("name", NAMES)
def test_a_url_asks_for_what_it_says(httpd, directory, urls, pki, name):
    base, scope, attributes, encrypted = urls[name][1]
    seen = directory.watch()
    assert ask(httpd, pki.person("alice"), name) == "alice"
    search = seen.search()
    assert (search.base.lower(), search.scope) == (base.lower(), scope)
    assert search.filter == "(mail=alice@example.com)"
    assert set(search.attributes) == set(attributes)
    assert search.deref == 0
    log = directory.log()
    assert bool(re.search(rf"conn={search.connection.split('.')[1]} .*TLS established", log)) == encrypted
    assert not re.search(rf"conn={search.connection.split('.')[1]} .*BIND dn=", log)


def test_the_scope_decides_who_is_found(httpd, pki):
    asker = Asker(httpd, pki.person("deep"))
    assert asker("deep-sub") == "deep"
    assert asker("deep-one") == "!no_rule_matched"
    assert asker("deep-base") == "!no_rule_matched"


def test_base_and_filter_are_percent_decoded_once(httpd, directory, pki):
    odd = pki.person("odd")
    seen = directory.watch()
    assert ask(httpd, odd, "odd") == "odd"
    assert seen.search().base == SPACED
    seen.reset()
    assert ask(httpd, odd, "odd-filter") == "odd"
    assert r"(cn=\28odd\29)" in seen.search().filter.lower()
    seen.reset()
    assert ask(httpd, pki.person("what%3F"), "mark") == "!no_rule_matched"
    assert "(mail=what?)" in seen.search().filter and "what%3f" in seen.search().filter.lower()


def test_the_first_attribute_is_the_account(httpd, pki):
    assert ask(httpd, pki.alice, "cn") == "alice"


def test_a_warm_connection_is_used_again_without_a_bind(serve, directory, pki):
    lines = directory.lines(BY_MAIL, f'CertMapLDAPBindDN "{SERVICE}"',
                            f"CertMapLDAPBindPassword {SERVICE_SECRET}", mode="STARTTLS")
    httpd = serve(main="CertMapLDAPCACert conf/root-ca.pem\n" + rule("bound", lines),
                  vhost=REASON + "\n" + place("bound"), mpm="event")  # one process
    seen = directory.watch()
    assert ask(httpd, pki.alice, "bound") == "alice"
    bind = next(each for each in seen.binds() if each.connection == seen.search().connection)
    assert (bind.dn, bind.result) == (SERVICE, 0)
    seen.settle()
    for _ in range(5):
        assert ask(httpd, pki.person("bob"), "bound") == "bob"  # a certificate nobody asked for before
    assert {each.connection for each in seen.searches(5)} == {bind.connection}
    seen.binds(0)
    assert seen.connections() == []

"""Servers that fail, each in its own way.

SERVER_FAULTS, TLS_FAULTS   the connection or the server is at fault: the next server could do better
ANSWERS                     answers, but none that tells who it is
FAULTS                      all of them: {name: settings of FakeLdap}
World(serve, pki)           an httpd with a rule for each, and "second-NAME" with a good server behind it
"""

import time

import der
from fake_ldap import (
    BASE, DONE, EXTENDED_RESPONSE, NOTICE_OID, BlackHole, FakeLdap, accept, drip, everyone, found, half,
    half_record, hang_up, later, login_in, message, outcome, person, reset, result, silent, then_close)
from pki import ip
from places import places


def whole(*parts):
    """What an answer of these PDUs would be, in one."""
    return lambda _talk, request: b"".join(message(request.id, part) for part in parts)


def endless(talk, request):
    """Entries, as long as the client takes them."""
    some = found(*[person(f"x{number}") for number in range(200)])(talk, request)
    done = found()(talk, request)
    while True:
        talk.send(some[:-len(done)])


def endless_reference(talk, request):
    while True:
        talk.send(message(request.id, der.tlv(0x73, der.octets(b"ldap://127.0.0.1:1/"))) * 200)


def huge_length(talk, request):
    talk.send(b"\x30\x84\x7f\xff\xff\xff\x02\x01\x03" + b"x" * 100000)
    talk.wait()


def dripping_handshake(talk, _request=None):
    """A TLS record that seems to come, octet by octet."""
    talk.send_raw(b"\x16\x03\x03\x3f\xff")
    while True:
        talk.send_raw(b"\x02")
        time.sleep(0.1)


def notice(talk, request):
    return message(0, outcome(EXTENDED_RESPONSE, 52, "bye", more=der.tlv(0x8A, NOTICE_OID)))


def other_then_right(talk, request):
    """An answer to something that was never asked, then the right one."""
    talk.send(found(person("root"), wrong_id=7)(talk, request))
    return everyone(talk, request)


def first_then(step):
    """An entry, then no result."""
    def run(talk, request):
        octets = everyone(talk, request)
        talk.send(octets[:-len(found()(talk, request))])
        return step(talk, request)
    return run


# Whoever is asked next could do better: the connection or the server is at fault.
SERVER_FAULTS = {
    "silent": dict(on_connect=silent),
    "closes": dict(on_connect=hang_up),
    "resets": dict(on_connect=reset),
    "bind-silent": dict(on_bind=silent),
    "bind-closes": dict(on_bind=hang_up),
    "bind-half": dict(on_bind=half(accept)),
    "bind-then-closes": dict(on_bind=then_close(accept)),
    "bind-drips": dict(on_bind=drip(accept, 0.5)),
    "bind-garbage": dict(on_bind=whole(b"\xff\xff\xff")),
    "bind-other-id": dict(on_bind=found(wrong_id=5)),
    "bind-other-answer": dict(on_bind=whole(outcome(DONE, 0))),
    "search-silent": dict(on_search=silent),
    "search-closes": dict(on_search=hang_up),
    "search-resets": dict(on_search=reset),
    "search-half": dict(on_search=half(everyone)),
    "search-drips": dict(on_search=drip(everyone, 0.1)),
    "search-garbage": dict(on_search=lambda talk, request: b"\xde\xad\xbe\xef" * 20),
    "search-huge": dict(on_search=huge_length),
    "entry-then-silent": dict(on_search=first_then(silent)),
    "entry-then-closes": dict(on_search=first_then(hang_up)),
    "notice": dict(on_search=lambda talk, request: talk.send(notice(talk, request)) or hang_up(talk)),
    "late": dict(on_search=later(2.5, everyone)),
    "busy": dict(on_search=result(51)),
    "unavailable": dict(on_search=result(52)),
}
TLS_FAULTS = {
    "tls-silent": dict(on_connect=silent),
    "tls-drips": dict(on_connect=dripping_handshake),
    "tls-closes": dict(on_connect=hang_up),
    "tls-search-half-record": dict(on_search=half_record(everyone)),
    "tls-search-half": dict(on_search=half(everyone)),
    "tls-search-drips": dict(on_search=drip(everyone, 0.1)),
    "tls-bind-half-record": dict(on_bind=half_record(accept)),
}
# An answer, but none that tells who it is.
ANSWERS = {
    **{f"code-{code}": dict(on_search=result(code))
       for code in (1, 2, 3, 8, 11, 12, 13, 16, 17, 18, 21, 32, 33, 34, 36, 48, 50, 53, 80, 127)},
    **{f"entry-and-{code}": dict(on_search=lambda talk, request, code=code: found(
        person(login_in(request)), code=code)(talk, request)) for code in (1, 3, 11, 50, 51, 80)},
    **{f"bind-{code}": dict(on_bind=result(code))
       for code in (1, 7, 8, 14, 48, 49, 50, 51, 53, 80)},
    "other-id": dict(on_search=found(person("root"), wrong_id=5)),
    "bind-referral": dict(on_bind=result(10, referral=("ldap://127.0.0.1:1/",))),
    "huge-value": dict(on_search=lambda talk, request: found(
        (f"uid=a,{BASE}", {"uid": ["a"], "mail": ["x" * 17_000_000]}))(talk, request)),
}
FAULTS = {**SERVER_FAULTS, **TLS_FAULTS, **ANSWERS}


class World:
    """All faulty servers, each before a good one in the rule "second-NAME", and some that are well."""

    def __init__(self, serve, pki):
        self.cert = cert = pki.root.issue(["CN=x"], eku=("serverAuth",), san=[ip("127.0.0.1")])
        self.fakes = {name: FakeLdap(tls=cert if name in TLS_FAULTS else None, **how)
                      for name, how in FAULTS.items()}
        self.rogue, self.good, self.tls_good = FakeLdap(), FakeLdap(), FakeLdap(tls=cert)
        self.fakes["referral"] = FakeLdap(on_search=result(
            10, referral=(f"ldap://127.0.0.1:{self.rogue.port}/{BASE}",)))
        self.fakes["refused"] = FakeLdap(start=False)
        self.hole = BlackHole()
        self.fakes["several"] = FakeLdap(on_search=found(person("a"), person("b")))
        self.fakes["size-limit"] = FakeLdap(on_search=found(person("a"), code=4))
        self.fakes["endless"] = FakeLdap(on_search=endless)
        self.fakes["endless-reference"] = FakeLdap(on_search=endless_reference)
        self.fakes["references"] = FakeLdap(on_search=lambda talk, request: found(
            person(login_in(request)), references=[f"ldap://127.0.0.1:{self.rogue.port}/{BASE}"] * 3)(
                talk, request))
        self.fakes["other-then-right"] = FakeLdap(on_search=other_then_right)
        self.fakes["good"] = self.good
        rules = {name: fake.lines("CertMapLDAPTimeout 1") for name, fake in self.fakes.items()}
        rules["black"] = rules["good"].replace(f":{self.good.port}", f":{self.hole.port}")
        for name in [*SERVER_FAULTS, *TLS_FAULTS, "refused"]:
            other = self.tls_good if name in TLS_FAULTS else self.good
            rules[f"second-{name}"] = self.fakes[name].lines(
                "CertMapLDAPTimeout 2", more_hosts=f" 127.0.0.1:{other.port}")
        rules["second-black"] = rules["second-silent"].replace(
            f":{self.fakes['silent'].port}", f":{self.hole.port}")
        rules["anyone"] = "CertMapUser fallback"
        self.httpd = serve(**places(rules, extra=[f"{name}+anyone" for name in (*self.fakes, "black")]))

    def close(self):
        for fake in (*self.fakes.values(), self.rogue, self.tls_good, self.hole):
            fake.close()

"""Audit events (docs/audit.md): every field, and when one is written."""

import calendar
import re
import socket
import time

import pytest

import client
import der
from audit_servers import LOCATIONS, SERVER, person  # noqa: F401
from pki import dirname, dns, email, other, rid, upn


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def x509(cert, subject, issuer="CN=Corp CA,O=Example"):
    return {"subject": {"distinguished_name": subject}, "issuer": {"distinguished_name": issuer},
            "serial_number": cert.serial.upper(),
            "not_before": cert.not_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "not_after": cert.not_after.strftime("%Y-%m-%dT%H:%M:%SZ")}


def take_moment(event):
    """Removes what is different each time, after a look at it."""
    stamp = event.pop("@timestamp")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,}Z", stamp)
    assert abs(seconds(stamp[:19] + "Z") - time.time()) < 60
    assert re.fullmatch(r"8\.\d+\.\d+", event.pop("ecs")["version"])
    return event["event"].pop("sequence"), event.pop("process")["pid"]


def test_every_field_of_a_success(httpd, pki):
    cert = pki.issuing.issue(["O=Example", "OU=a,b", "CN=Zoë"], serial=0x0A1B,
                             san=[email("alice@example.com"), dns("a.example.com"), upn("a@corp"),
                                  dirname(["O=Example", "CN=dir"]), rid("1.2.3"),
                                  other("1.2.3.4", der.utf8("x"))])
    seen = httpd.watch()
    with httpd.connect(cert, tls="1.3") as connection:
        env = connection.get("/cgi/env/m?password=secret", {"X-Forwarded-For": "203.0.113.9"}).env
        assert (env["REMOTE_USER"], env["REMOTE_ADDR"]) == ("alice", "203.0.113.9")
        port = connection.local_port
    (event,) = seen.events(1)
    sequence, pid = take_moment(event)
    assert isinstance(sequence, int) and pid in httpd.children()
    assert event == {
        "event": {"kind": "event", "category": ["authentication"], "type": ["start"],
                  "action": "authenticate", "outcome": "success", "reason": "mapped"},
        "user": {"name": "alice"},
        "source": {"ip": "127.0.0.1", "port": port}, "client": {"ip": "203.0.113.9"},
        "tls": {"version": "1.3", "resumed": False,
                "client": {"hash": {"sha256": cert.sha256.upper()},
                           "x509": x509(cert, r"CN=Zoë,OU=a\,b,O=Example")}},
        "rule": {"name": "m"},
        "url": {"domain": "localhost", "path": "/cgi/env/m"},
        "http": {"request": {"method": "GET", "id": seen.access(1)[0].id}},
        "service": {"name": "localhost"},
        "host": {"name": socket.gethostname()},
        "certmap": {"strength": "issuer", "backend": "file", "cache": "none",
                    "key": "email:alice@example.com", "map_generation": 1,
                    "san": [{"type": "email", "value": "alice@example.com"},
                            {"type": "dns", "value": "a.example.com"}, {"type": "upn", "value": "a@corp"},
                            {"type": "dirname", "value": "CN=dir,O=Example"},
                            {"type": "rid", "value": "1.2.3"},
                            {"type": "othername.1.2.3.4", "value": "0c0178"}],
                    "rules_tried": ["elsewhere", "m"]}}


MAP_FIELDS = {"backend": "file", "map_generation": 1}
BOTH = {"rules_tried": ["elsewhere", "m"]}
# reason, path, certificate, rule.name, fields under certmap.
REFUSALS = [
    ("no_certificate", "m", lambda pki: None, None, {}),
    ("malformed_certificate", "m", lambda pki: person(pki, email(b"a\x01@example.com")), None, {}),
    ("denied_by_rule", "m", lambda pki: person(pki, dns("blocked.example.com")), None,
     {**MAP_FIELDS, "key": "dns:blocked.example.com"}),
    ("denied_by_rule", "out", lambda pki: person(pki, subject=["OU=Contractors", "CN=x"]), "out",
     {"rules_tried": ["out"]}),
    ("entry_expired", "m", lambda pki: person(pki, email("old@example.com")), "m",
     {**MAP_FIELDS, **BOTH, "key": "email:old@example.com"}),
    ("ambiguous_account", "m", lambda pki: person(pki, email("one@example.com"), email("two@example.com")),
     "m", {**MAP_FIELDS, **BOTH}),
    ("ambiguous_attribute", "cn", lambda pki: person(pki, subject=["CN=x", "CN=y"]), "cn",
     {"rules_tried": ["cn"], "backend": "template"}),
    ("unsafe_account", "cn", lambda pki: person(pki, subject=["CN=x "]), "cn", {"rules_tried": ["cn"]}),
    ("no_rule_matched", "m", lambda pki: person(pki, email("nobody@example.com")), None, BOTH),
]


@pytest.mark.parametrize("reason, path, make, rule, own", REFUSALS)
def test_every_field_of_a_refusal(httpd, pki, reason, path, make, rule, own):
    cert = make(pki)
    seen = httpd.watch()
    with httpd.connect(cert, tls="1.2") as connection:
        port = connection.local_port
        assert connection.get(f"/cgi/env/{path}?x=secret").status == 403
    (event,) = seen.events(1)
    take_moment(event)
    assert event["event"] == {"kind": "event", "category": ["authentication"], "type": ["start"],
                              "action": "authenticate", "outcome": "failure", "reason": reason}
    assert event["source"] == {"ip": "127.0.0.1", "port": port}
    assert event["url"] == {"domain": "localhost", "path": f"/cgi/env/{path}"}
    assert event["http"] == {"request": {"method": "GET", "id": seen.access(1)[0].id}}
    assert "user" not in event and "strength" not in event["certmap"]
    assert event.get("rule", {}).get("name") == rule
    assert own.items() <= event["certmap"].items()
    assert "rules_tried" in own or "rules_tried" not in event["certmap"]
    client = event["tls"].get("client", {})
    assert client.get("hash", {}).get("sha256") == (cert and cert.sha256.upper())
    assert client.get("x509", {}).get("serial_number") == (cert and cert.serial.upper())
    assert (event["tls"]["version"], event["tls"]["resumed"]) == ("1.2", False)


@pytest.mark.parametrize("host", ["[::1]", "[::1]:443"])
def test_an_ipv6_address_keeps_its_brackets(httpd, host):
    seen = httpd.watch()
    assert httpd.get("/cgi/env/m", host=host).status == 403
    assert seen.events(1)[0]["url"]["domain"] == "[::1]"


def test_without_tls_there_is_no_tls(httpd):
    seen = httpd.watch()
    assert httpd.get_plain("/cgi/env/m").status == 403
    assert "tls" not in seen.events(1)[0]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_resumed_session_is_told(httpd, pki, tls):
    first = httpd.connect(pki.alice, tls=tls)
    first.get("/cgi/env/m")
    seen = httpd.watch()
    second = httpd.connect(resume=first)
    assert second.get("/cgi/env/m").status == 200 and second.resumed
    assert (seen.events(1)[0]["tls"]["version"], seen.events(1)[0]["tls"]["resumed"]) == (tls, True)


def test_a_success_is_written_once_per_connection_rules_and_account(httpd, pki):
    seen = httpd.watch()
    with httpd.connect(pki.alice) as connection:
        for path in ("m", "m", "cn", "m", "cn/x", "m"):
            assert connection.get(f"/cgi/env/{path}").status == 200
    events = seen.events(2, requests=6)
    assert [event["rule"]["name"] for event in events] == ["m", "cn"]
    assert httpd.get("/cgi/env/m", pki.alice).status == 200
    seen.events(3, requests=7)


def test_a_success_is_written_once_for_parallel_streams(httpd, pki):
    seen = httpd.watch()
    with httpd.http2(pki.alice) as connection:
        answers = connection.get_all([f"/cgi/env/m/{number}" for number in range(8)])
    assert [answer.status for answer in answers] == [200] * 8
    seen.events(1, requests=8)


def test_a_refusal_is_written_every_time(httpd, pki):
    seen = httpd.watch()
    with httpd.connect(pki.bob) as connection:
        assert [connection.get("/cgi/env/m").status for _ in range(4)] == [403] * 4
    caches = [event["certmap"]["cache"] for event in seen.events(4)]
    assert caches == ["none", "connection", "connection", "connection"]


@pytest.mark.parametrize("path", ["m", "m/x", "none"])
def test_no_query_string_anywhere(httpd, pki, path):
    """The words are longer than what a random request id could hold by chance."""
    for cert in (pki.alice, pki.bob, None):
        httpd.get(f"/cgi/env/{path}?access_token=query-string-value", cert)
    text = httpd.read("logs/audit.log")
    assert "access_token" not in text and "query-string" not in text


def test_no_secret_and_no_certificate_anywhere(httpd, pki):
    headers = {"Authorization": "Basic c2VjcmV0LXVzZXI6c2VjcmV0", "Cookie": "session=c2VjcmV0"}
    assert httpd.get("/cgi/env/m", pki.alice, headers).status == 200
    assert httpd.get("/cgi/env/m", pki.bob, headers).status == 403
    text = httpd.read("logs/audit.log")
    assert "secret" not in text and "c2VjcmV0" not in text and "BEGIN" not in text


# A client behind a proxy

PROXIED = {"a header": ("RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1", b"", {"X-Forwarded-For": "192.0.2.9"}),
           "the PROXY protocol": ("RemoteIPProxyProtocol On", b"PROXY TCP4 192.0.2.9 192.0.2.1 5000 443\r\n", {})}


@pytest.mark.parametrize("lines, first, headers", PROXIED.values(), ids=PROXIED)
def test_the_client_of_which_a_proxy_tells(make_httpd, pki, lines, first, headers):
    httpd = make_httpd(**{**SERVER, "vhost": lines + "\n" + LOCATIONS})
    with httpd:
        with socket.create_connection(("127.0.0.1", httpd.port)) as plain:
            plain.sendall(first)
            with client.tls_context(pki.alice).wrap_socket(plain, server_hostname="localhost") as secure:
                head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                secure.sendall(f"GET /cgi/env/m HTTP/1.1\r\nHost: localhost\r\n{head}Connection: close\r\n\r\n".encode())
                while secure.recv(1000):
                    pass
                port = plain.getsockname()[1] if plain.fileno() >= 0 else secure.getsockname()[1]
        (event,) = [event for event in httpd.audit() if event["event"]["action"] == "authenticate"]
        assert event["client"] == {"ip": "192.0.2.9"}
        assert event["source"] == {"ip": "127.0.0.1", "port": port}


def test_who_speaks_for_himself_is_no_client_of_a_proxy(httpd, pki):
    seen = httpd.watch()
    httpd.get("/cgi/env/m", pki.alice)
    assert "client" not in seen.events(1)[0]

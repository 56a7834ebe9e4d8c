"""CRLs change while the server runs (docs/crl.md, "Live reload"): within 2 s, read once, by one process, for all."""

import os
import time

import pytest

from crls import scope, uris
from revoked import HOUR, SOON, Crls, crl, delta, rule
from status_page import PLAIN, Counts
from watch import wait_for

QUIET = 1.6  # a change that is reported again would be seen in this time


def scoped(ca, name, certs=(), **how):
    return crl(ca, certs, extensions=[scope(full_name=uris(f"http://crl/{name}"))], **how)


@pytest.fixture(scope="module", params=["prefork", "event"])
def crls(request, serve, pki):
    rules = {name: rule(name, [f"{name}.crl"]) for name in ("open", "old", "bad", "gone", "delta")}
    rules["delta"] = rule("delta", ["delta.crl", "delta+.crl"])
    rules["folder"] = rule("folder", ["folder"])
    files = {f"{name}.crl": crl(pki.issuing, number=5) for name in rules if name != "folder"}
    files["delta+.crl"] = delta(pki.issuing, number=5, base=5)
    files["folder/a.crl"] = crl(pki.issuing, number=5)
    return Crls(serve, pki, rules, files, mpm=request.param, processes=3)


def test_a_revocation_bites_on_all_open_connections_and_is_read_once(crls, pki):
    mark = crls.mark()
    connections = [crls.httpd.connect(pki.alice) for _ in range(9)]
    for connection in connections:
        assert connection.get("/cgi/env/open").status == 200
    crls.put("open.crl", crl(pki.issuing, [pki.alice], number=6))
    for connection in connections:
        wait_for(lambda: connection.get("/cgi/env/open").status == 403, "the revocation", SOON)
        connection.close()
    [event] = [event for event in crls.events(mark) if event["event"]["action"] != "authenticate"]
    assert event["event"]["action"] == "crl_reload" and event["event"]["outcome"] == "success"
    assert event["event"]["type"] == ["change"] and event["file"]["path"] == crls.path("open.crl")
    assert event["certmap"]["backend"] == "crl"
    crls.change("open.crl", crl(pki.issuing, number=7))
    assert crls.outcome("open", pki.alice) == "alice"


def test_a_list_of_several_certmapissuedby_is_told_of_once(serve, pki):
    """It is read for each of them; who watches the audit log is to hear of one list that it is stale."""
    rules = {"one": rule("one", ["x/a.crl"]), "two": rule("two", ["x/a.crl"], issued_by="conf/corp-ca.pem conf/root-ca.pem"),
             "folder": rule("folder", ["x"], issued_by="conf/corp-ca.pem conf/twin-ca.pem")}
    crls = Crls(serve, pki, rules, {"x/a.crl": crl(pki.issuing, start=-3 * HOUR, end=-2 * HOUR)},
                plain=PLAIN)

    def told(mark, action, number, octets):
        """(events, lines of the error log) that followed when that was put there."""
        lines = crls.httpd.error_log().count(number)
        crls.put("x/a.crl", octets)
        crls.wait(mark, action, "x/a.crl")
        time.sleep(QUIET)
        return len(crls.events(mark, action, "x/a.crl")), crls.httpd.error_log().count(number) - lines

    crls.wait(0, "crl_stale", "x/a.crl")
    assert len(crls.events(0, "crl_stale")) == 1 and crls.httpd.error_log().count("CM0056") == 1
    assert told(crls.mark(), "crl_reload", "CM0054", crl(pki.issuing, [pki.bob], number=2)) == (1, 1)
    assert told(crls.mark(), "crl_reload_failed", "CM0055", b"bad") == (1, 1)
    assert told(crls.mark(), "crl_stale", "CM0056", crl(pki.issuing, [pki.bob], number=3, start=-60, end=1)) == (1, 1)
    for place in rules:
        assert crls.outcome(place, pki.bob) == "403 certificate_revoked", place
    assert Counts(crls.httpd)("crl_path_reload_failures_total", path=crls.path("x/a.crl")) == 1


@pytest.mark.parametrize("words, octets", [
    ("is older than the one in force", lambda ca: crl(ca, number=9, start=-2 * HOUR)),
    ("has its thisUpdate in the future", lambda ca: crl(ca, number=9, start=600, end=1200)),
    ("is cut", lambda ca: crl(ca)[:-1]),
    ("is cut, or is none", lambda ca: b""),
])
def test_what_is_no_newer_crl_leaves_the_last_good_one(crls, pki, words, octets):
    crls.change("bad.crl", crl(pki.issuing, [pki.bob], number=6))
    mark = crls.mark()
    crls.put("bad.crl", octets(pki.issuing))
    event = crls.wait(mark, "crl_reload_failed", "bad.crl")
    assert event["event"]["outcome"] == "failure" and words in event["error"]["message"]
    assert crls.outcome("bad", pki.bob) == "403 certificate_revoked"
    assert crls.outcome("bad", pki.alice) == "alice"
    time.sleep(QUIET)
    assert len(crls.events(mark, name="bad.crl")) == 1
    assert "CM0055: CRL file " + crls.path("bad.crl") + " has errors" in crls.httpd.error_log()


def test_a_vanished_file_leaves_it_also_over_a_graceful_restart(crls, pki):
    crls.change("gone.crl", crl(pki.issuing, [pki.bob], number=6))
    mark = crls.mark()
    os.remove(crls.path("gone.crl"))
    crls.wait(mark, "crl_reload_failed", "gone.crl")
    assert crls.outcome("gone", pki.bob) == "403 certificate_revoked"
    crls.httpd.graceful()
    assert crls.outcome("gone", pki.bob) == "403 certificate_revoked"
    assert crls.outcome("gone", pki.alice) == "alice"
    crls.change("gone.crl", crl(pki.issuing, number=7))
    assert crls.outcome("gone", pki.bob) == "bob"


def test_an_older_one_is_refused_over_a_graceful_restart_too(crls, pki):
    crls.change("old.crl", crl(pki.issuing, [pki.bob], number=6))
    crls.put("old.crl", crl(pki.issuing, number=5, start=-2 * HOUR))
    mark = crls.mark()
    crls.httpd.graceful()
    assert crls.outcome("old", pki.bob) == "403 certificate_revoked"
    assert "is older than the one in force" in crls.wait(0, "crl_reload_failed", "old.crl")["error"]["message"]
    crls.change("old.crl", crl(pki.issuing, number=7))
    assert crls.outcome("old", pki.bob) == "bob", mark


def test_files_of_a_folder_come_and_go(crls, pki):
    """What another one has followed may go; what counts stays in force, and its going is told once."""
    assert crls.outcome("folder", pki.bob) == "bob"
    mark = crls.mark()
    crls.change("folder/b.crl", crl(pki.issuing, [pki.bob], number=6))
    assert crls.outcome("folder", pki.bob) == "403 certificate_revoked"
    os.remove(crls.path("folder/a.crl"))
    os.remove(crls.path("folder/b.crl"))
    crls.wait(mark, "crl_reload_failed", "folder/b.crl")
    assert crls.outcome("folder", pki.bob) == "403 certificate_revoked"
    time.sleep(QUIET)
    assert len(crls.events(mark, "crl_reload_failed")) == 1
    crls.change("folder/c.crl", crl(pki.issuing, number=7))
    assert crls.outcome("folder", pki.bob) == "bob"


def test_a_partition_that_appears_adds_to_the_others(crls, pki):
    crls.change("folder/part.crl", scoped(pki.issuing, "part", [pki.bob]))
    assert crls.outcome("folder", pki.bob) == "403 certificate_revoked"
    crls.change("folder/part.crl", scoped(pki.issuing, "part", number=2))
    assert crls.outcome("folder", pki.bob) == "bob"


def test_a_folder_that_vanishes_leaves_all_in_force(crls, pki):
    crls.change("folder/d.crl", crl(pki.issuing, [pki.bob], number=8))
    mark = crls.mark()
    os.rename(crls.path("folder"), crls.path("away"))
    crls.wait(mark, "crl_reload_failed", "folder")
    assert crls.outcome("folder", pki.bob) == "403 certificate_revoked"
    os.rename(crls.path("away"), crls.path("folder"))
    crls.change("folder/d.crl", crl(pki.issuing, number=9))
    assert crls.outcome("folder", pki.bob) == "bob"


def test_a_delta_comes_and_goes_with_its_complete_crl(crls, pki):
    crls.change("delta+.crl", delta(pki.issuing, [pki.bob], number=6, base=5))
    assert crls.outcome("delta", pki.bob) == "403 certificate_revoked"
    crls.change("delta.crl", crl(pki.issuing, number=7))
    assert crls.outcome("delta", pki.bob) == "bob"


def test_a_file_that_is_written_in_place_is_left_alone_until_it_rests(crls, pki):
    mark = crls.mark()
    octets = crl(pki.issuing, [pki.bob], number=20)
    with open(crls.path("open.crl"), "wb") as file:
        for octet in (octets[:100], octets[100:-50], octets[-50:]):
            file.write(octet)
            file.flush()
            time.sleep(0.4)
            assert crls.outcome("open", pki.alice) == "alice"
    crls.wait(mark, "crl_reload", "open.crl")
    assert not crls.events(mark, "crl_reload_failed")
    assert crls.outcome("open", pki.bob) == "403 certificate_revoked"
    crls.change("open.crl", crl(pki.issuing, number=21))


def test_a_new_file_whose_mode_is_set_before_it_is_filled_is_left_alone_until_it_rests(crls, pki):
    mark = crls.mark()
    octets = crl(pki.issuing, [pki.bob], number=22)
    os.remove(crls.path("open.crl"))
    with open(crls.path("open.crl"), "wb") as file:
        file.write(octets[:100])
        file.flush()
        time.sleep(0.1)
        os.chmod(file.fileno(), 0o644)
        time.sleep(0.6)
        file.write(octets[100:])
    crls.wait(mark, "crl_reload", "open.crl")
    assert not crls.events(mark, "crl_reload_failed")
    crls.change("open.crl", crl(pki.issuing, number=23))


# Every way to travel

@pytest.fixture(scope="module")
def ticket_server(serve, pki):
    """Sessions that any server with the key resumes."""
    return Crls(serve, pki, {"a": rule("a", ["a.crl"])}, {"a.crl": crl(pki.issuing), "ticket.key": os.urandom(48)},
                mpm="event", vhost="\nProtocols h2 http/1.1\nSSLSessionTicketKeyFile conf/crl/ticket.key\n")


@pytest.fixture(scope="module")
def revoked_meanwhile(ticket_server, pki):
    """A connection over each way, made and used before alice was revoked."""
    httpd = ticket_server.httpd
    ways = [(http, tls) for http in ("HTTP/1.1", "HTTP/2") for tls in ("1.2", "1.3")]
    connections = {}
    for http, tls in ways:
        connections[http, tls] = (httpd.connect if http == "HTTP/1.1" else httpd.http2)(pki.alice, tls=tls)
        assert connections[http, tls].get("/cgi/env/a").status == 200
    ticket_server.change("a.crl", crl(pki.issuing, [pki.alice], number=2))
    yield connections
    for connection in connections.values():
        connection.close()


@pytest.mark.parametrize("http, tls", [(http, tls) for http in ("HTTP/1.1", "HTTP/2") for tls in ("1.2", "1.3")])
def test_it_bites_on_open_connections_streams_and_resumed_sessions(ticket_server, revoked_meanwhile, http, tls):
    httpd, connection = ticket_server.httpd, revoked_meanwhile[http, tls]
    assert connection.get("/cgi/env/a").status == 403
    assert http == "HTTP/2" or connection.ended
    with (httpd.connect if http == "HTTP/1.1" else httpd.http2)(resume=connection) as again:
        assert again.get("/cgi/env/a").status == 403
    reasons = {event["event"]["reason"] for event in ticket_server.events()[-2:]}
    assert reasons == {"certificate_revoked"}


# Time

def test_a_remembered_decision_ends_with_the_next_update(serve, pki):
    """Nobody changes a file: the CRL that made it known runs out, on a connection that stays open."""
    crls = Crls(serve, pki, {"a": rule("a", ["a.crl"]), "lax": rule("lax", ["lax.crl"], "CertMapCRLStale allow")},
                {"a.crl": crl(pki.issuing, end=5), "lax.crl": crl(pki.issuing, end=HOUR)})
    with crls.httpd.connect(pki.alice) as connection:
        assert connection.get("/cgi/env/a").status == 200
        wait_for(lambda: connection.get("/cgi/env/a").status == 503, "revocation_unknown", SOON)
        event = crls.wait(0, "crl_stale", "a.crl")
        assert event["event"]["outcome"] == "failure" and "has passed its nextUpdate" in event["error"]["message"]
        crls.change("a.crl", crl(pki.issuing, number=2))
        assert crls.outcome("a", pki.alice) == "alice"  # httpd itself ends a connection with 503
    time.sleep(QUIET)
    assert len(crls.events(0, "crl_stale")) == 1
    assert len([line for line in crls.httpd.error_log().splitlines() if "CM0056" in line]) == 1

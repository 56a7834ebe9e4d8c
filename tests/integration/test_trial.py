"""docs/directives.md, CertMapTrial: what other rules would decide, beside what is in force."""

import pytest

from client import password
from httpd_setup import virtual_host
from status_page import PLAIN
from trials import FILES, NEW, RULES, Trials, trial

OLD = "AuthType ClientCert\nCertMapUse old\nRequire valid-user\n"
BASIC = 'AuthType Basic\nAuthName x\nAuthUserFile conf/users\nRequire valid-user\n'
USER_NAME = "SSLUserName SSL_CLIENT_S_DN_CN\n"
PLACES = {
    "open": "CertMapTrial new",
    "name": USER_NAME + "CertMapTrial new",
    "name/user": USER_NAME + "CertMapTrial new\nRequire user nobody",
    "use": OLD + "CertMapTrial new",
    "use/inner": "CertMapTrial listed",
    "use/inner/none": "CertMapTrial none",
    "listed": "AuthType ClientCert\nCertMapUse listed\nRequire valid-user\nCertMapTrial listed",
    "groups": "AuthType ClientCert\nCertMapUse listed\nRequire valid-user\nCertMapTrial new",
    "two": OLD + "CertMapTrial new listed",
    "refused": "AuthType ClientCert\nCertMapUse new\nRequire valid-user\nCertMapTrial old",
    "basic": BASIC + "CertMapTrial new",
    "sufficient": BASIC + "CertMapUse new\nCertMapTrial old",
    "required": BASIC + "CertMapUse old\nCertMapControl required\nCertMapTrial old",
    "all-granted": "AuthType ClientCert\nCertMapUse new\nRequire all granted\nCertMapTrial new",
    "plain": OLD,
}
VHOST = "Protocols h2 http/1.1\n" + "".join(
    f'<Location "/cgi/env/{name}">\n{lines}\n</Location>\n' for name, lines in PLACES.items())
OTHER = virtual_host("other", """
    CertMapAuditLog none
    <CertMapRule new>
        CertMapIssuedBy conf/corp-ca.pem
        CertMapUser     other
    </CertMapRule>
    <Location "/">
        CertMapTrial new
    </Location>
""")
SERVER = dict(main=RULES, vhost=VHOST, after=OTHER, files=FILES, plain=PLAIN)


@pytest.fixture(scope="module")
def erin(pki):
    return pki.person("erin")


def get(httpd, place, cert=None, headers=None):
    return httpd.get(f"/cgi/env/{place}", cert, headers)


def one(httpd, place, cert=None, headers=None):
    """(status, rule, result, what the event says) of one request on a connection of its own."""
    tried = Trials(httpd)
    status = get(httpd, place, cert, headers).status
    counts, events = tried.after(1)
    (rule, result), = counts
    return (status, rule, result, *map(trial, events))


def test_the_account_in_force_is_sslusernames(httpd, pki):
    assert one(httpd, "name", pki.alice) == (200, "new", "same")
    assert one(httpd, "name", pki.bob) == (200, "new", "different", ("bob", "mapped", "robert", "new"))


def test_an_account_that_require_refuses_is_in_force(httpd, pki):
    assert one(httpd, "name/user", pki.alice) == (403, "new", "same")


def test_a_block_of_the_tried_rules_is_a_difference(httpd, erin):
    assert one(httpd, "name", erin) == (200, "(none)", "different", ("erin", "denied_by_rule", None, None))


def test_whom_no_tried_rule_maps(httpd, pki):
    frank = pki.person("frank")
    assert one(httpd, "name", frank) == (200, "(none)", "different", ("frank", "no_rule_matched", None, None))


def test_the_account_in_force_is_certmaps(httpd, pki):
    assert one(httpd, "use", pki.alice) == (200, "new", "same")
    assert one(httpd, "use", pki.bob) == (200, "new", "different", ("bob", "mapped", "robert", "new"))


def test_a_refusal_in_force(httpd, pki, erin):
    assert one(httpd, "use", pki.carol) == (403, "(none)", "same")
    assert one(httpd, "refused", erin) == (403, "old", "different", (None, "mapped", "erin", "old"))
    assert one(httpd, "refused", pki.alice) == (200, "old", "same")


def test_groups_that_differ(httpd, pki):
    tried = Trials(httpd)
    assert get(httpd, "groups", pki.alice).status == 200
    counts, (event,) = tried.after(1)
    assert counts == {("new", "different"): 1}
    assert trial(event) == ("alice", "mapped", "alice", "new")
    assert "groups" not in event["certmap"]["trial"]
    assert event["certmap"]["groups"] == ["staff", "admins"]
    tried = Trials(httpd)
    assert get(httpd, "use/inner", pki.alice).status == 200
    counts, (event,) = tried.after(1)
    assert event["certmap"]["trial"]["groups"] == ["staff", "admins"]
    assert one(httpd, "listed", pki.alice) == (200, "listed", "same")


def test_groups_are_not_compared_with_those_of_others(httpd, pki):
    """SSLUserName knows of none."""
    assert one(httpd, "name", pki.alice) == (200, "new", "same")


def test_the_account_of_a_password(httpd, pki):
    assert one(httpd, "basic", pki.alice, password("alice")) == (200, "new", "same")
    assert one(httpd, "basic", pki.bob, password("bob")) == (
        200, "new", "different", ("bob", "mapped", "robert", "new"))
    assert one(httpd, "basic", pki.bob, password("robert")) == (200, "new", "same")


def test_a_name_whose_password_was_wrong_is_no_account(httpd, pki, erin):
    assert one(httpd, "basic", pki.bob, password("bob", "wrong")) == (
        401, "new", "different", (None, "mapped", "robert", "new"))
    assert one(httpd, "basic", erin, password("bob", "wrong")) == (401, "(none)", "same")


def test_the_request_before_the_password_is_not_tried(httpd, pki):
    """Else each browser would be a difference: it sends none until it is asked."""
    tried = Trials(httpd)
    with httpd.connect(pki.alice) as connection:
        assert connection.get("/cgi/env/basic").status == connection.get("/cgi/env/required").status == 401
        assert connection.get("/cgi/env/basic", password("alice")).status == 200
    assert tried.after(1) == ({("new", "same"): 1}, [])


def test_under_sufficient(httpd, pki):
    assert one(httpd, "sufficient", pki.bob) == (200, "old", "different", ("robert", "mapped", "bob", "old"))
    frank = pki.person("frank")
    assert one(httpd, "sufficient", frank, password("bob")) == (
        200, "old", "different", ("bob", "mapped", "frank", "old"))
    assert one(httpd, "sufficient", pki.carol, password("bob")) == (200, "(none)", "same")


def test_two_factors_that_differ_are_no_difference_of_the_rules(httpd, pki):
    for who, status in (("alice", 200), ("bob", 403)):
        assert one(httpd, "required", pki.alice, password(who)) == (status, "old", "same")


def test_where_nobody_has_an_account(httpd, pki, erin):
    assert one(httpd, "open", pki.alice) == (200, "new", "different", (None, "mapped", "alice", "new"))
    assert one(httpd, "open", erin) == (200, "(none)", "different", (None, "denied_by_rule", None, None))


def test_where_everyone_is_let_in_the_decision_is_compared(httpd, pki, erin):
    assert one(httpd, "all-granted", erin) == (200, "(none)", "same")
    assert one(httpd, "all-granted", pki.alice) == (200, "new", "same")


def test_no_certificate_is_counted_only(httpd):
    assert one(httpd, "open") == (200, "(none)", "different")
    assert one(httpd, "use") == (403, "(none)", "same")
    tried = Trials(httpd)
    assert httpd.get_plain("/cgi/env/open").status == 200  # a virtual host without a trial
    assert one(httpd, "open") == (200, "(none)", "different")
    tried.after(1)


def test_an_inner_trial_replaces_an_outer_one_and_none_resets(httpd, pki):
    assert one(httpd, "use/inner", pki.bob)[:3] == (200, "listed", "different")
    tried = Trials(httpd)
    assert get(httpd, "use/inner/none", pki.bob).status == 200
    assert get(httpd, "plain", pki.bob).status == 200
    assert get(httpd, "use", pki.alice).status == 200
    assert tried.after(1)[0] == {("new", "same"): 1}


def test_the_rules_are_tried_in_order(httpd, pki):
    assert one(httpd, "two", pki.bob) == (200, "new", "different", ("bob", "mapped", "robert", "new"))


def test_a_trial_in_another_virtual_host_tries_its_rules(httpd, pki):
    tried = Trials(httpd)
    with httpd.connect(pki.alice, sni="other.example.test") as connection:
        assert connection.get("/page.html", {"Host": "other.example.test"}).status == 200
    assert tried.after(1)[0] == {("new", "different"): 1}


def test_once_per_connection_trial_and_pair_of_accounts(httpd, pki):
    tried = Trials(httpd)
    for _ in range(2):
        with httpd.connect(pki.bob) as connection:
            for place in ("name", "name", "use", "two", "two", "open"):
                connection.get(f"/cgi/env/{place}")
    counts, events = tried.after(12)
    assert counts == {("new", "different"): 12}
    # name and use try the same rules, with the same pair; two tries others; open gave no account.
    assert sorted(map(trial, events), key=str) == sorted(
        [("bob", "mapped", "robert", "new")] * 4 + [(None, "mapped", "robert", "new")] * 2, key=str)


def test_a_changed_map_file_is_tried_on_open_connections(httpd, pki):
    with httpd.connect(pki.person("grace")) as connection:
        tried = Trials(httpd)
        connection.get("/cgi/env/name")
        assert tried.after(1)[0] == {("(none)", "different"): 1}
        seen = httpd.watch()
        httpd.write("conf/new.map", NEW + "email:grace@example.com grace\n")
        seen.event("map_reload")
        tried = Trials(httpd)
        connection.get("/cgi/env/name")
        assert tried.after(1) == ({("new", "same"): 1}, [])


def test_http2_streams(httpd, pki):
    tried = Trials(httpd)
    with httpd.http2(pki.bob) as connection:
        connection.get_all(["/cgi/env/name"] * 20)
    counts, events = tried.after(20)
    assert counts == {("new", "different"): 20}
    assert [trial(event) for event in events] == [("bob", "mapped", "robert", "new")]


# Nothing else changes

def answer_at(httpd, cert, place):
    """All that a client and an application see, but for what differs with each request."""
    response = get(httpd, place, cert)
    env = {name: value.replace(place, "") for name, value in response.env.items()
           if name not in ("UNIQUE_ID", "REMOTE_PORT", "SSL_SESSION_ID")}
    headers = {name: value for name, value in response.headers.items() if name not in ("Date", "Content-Length", "Transfer-Encoding")}
    return response.status, headers, env if response.status == 200 else response.text.replace(place, "")


def test_answers_are_those_without_a_trial(httpd, pki, erin):
    for cert in (pki.alice, pki.bob, pki.carol, erin, None):
        assert answer_at(httpd, cert, "use") == answer_at(httpd, cert, "plain")


def test_events_and_notes_are_those_without_a_trial(httpd, pki, erin):
    for cert in (pki.bob, pki.carol, erin, None):
        told = []
        for place in ("use", "plain"):
            seen = httpd.watch()
            tried = Trials(httpd)
            get(httpd, place, cert)
            if place == "use":
                tried.after(1)
            event, = seen.events(1)
            note = seen.access(1)[0]
            told.append((note.status, note.reason, note.user, event["event"]["reason"], event["event"]["outcome"],
                         event.get("rule"), event["certmap"]["rules_tried"] if "rules_tried" in event["certmap"] else None))
        assert told[0] == told[1]


def test_audit_failure_deny_does_not_care(make_httpd, pki):
    """/dev/full takes no event."""
    httpd = make_httpd(main=RULES + "CertMapAuditFailure deny\n", audit="CertMapAuditLog /dev/full",
                       vhost=f'<Location "/cgi/env/name">\n{PLACES["name"]}\n</Location>\n', files=FILES, plain=PLAIN)
    with httpd:
        tried = Trials(httpd)
        for _ in range(2):
            assert get(httpd, "name", pki.bob).status == 200
        assert tried.after(2)[0] == {("new", "different"): 2}


# Certificates that come late

@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_certificate_that_one_place_asks_for(make_httpd, pki, tls):
    late = 'SSLVerifyClient require\nSSLUserName SSL_CLIENT_S_DN_CN\nCertMapTrial new'
    httpd = make_httpd(main=RULES, verify="none", files=FILES, plain=PLAIN,
                       vhost=f'<Location "/cgi/env">\nCertMapTrial new\n</Location>\n<Location "/cgi/env/late">\n{late}\n</Location>\n')
    with httpd:
        tried = Trials(httpd)
        with httpd.connect(pki.bob, tls=tls) as connection:
            connection.get("/cgi/env/early")
            assert connection.get("/cgi/env/late").env["REMOTE_USER"] == "bob"
        counts, events = tried.after(2)
        assert counts == {("(none)", "different"): 1, ("new", "different"): 1}
        assert list(map(trial, events)) == [("bob", "mapped", "robert", "new")]


def test_a_resumed_session(httpd, pki):
    with httpd.connect(pki.bob) as first:
        first.get("/cgi/env/plain")
        with httpd.connect(resume=first) as second:
            tried = Trials(httpd)
            second.get("/cgi/env/name")
            assert second.resumed
            counts, (event,) = tried.after(1)
            assert trial(event) == ("bob", "mapped", "robert", "new") and event["tls"]["resumed"]

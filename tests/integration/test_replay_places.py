"""docs/tools.md, certmapctl replay: an unchanged configuration changes nothing, whatever the places of the log are."""

from explained import explain
from explained_hosts import RULE, USE, section
from httpd_setup import AUDIT, virtual_host
from kept import KEEP, kept, keeping
from replayed import changed, replay, same
from watch import wait_for


def seen(httpd, count):
    wait_for(lambda: len(kept(httpd)) == count and len(httpd.audit()) > 1, f"{count} certificates that are kept")


# CAs that clients send

def test_cas_that_clients_send(make_httpd, pki):
    """What the rules know of them is taken for sent, by who was accepted."""
    chain, place = pki.alice.with_chain(pki.issuing), section("Location", "/in", USE)
    httpd = keeping(make_httpd, main=RULE + KEEP, location="", after=virtual_host("chain", AUDIT, place, ca="root-ca")
                    + virtual_host("lax", AUDIT, place, ca="root-ca", verify="optional_no_ca")).start()
    assert httpd.get("/in", chain, sni="chain.example.test").status == 404
    assert httpd.get("/in", chain, sni="lax.example.test").status == 404
    assert httpd.get("/in", pki.bob, sni="lax.example.test").status == 403
    seen(httpd, 2)
    told = replay(httpd, same)
    assert (told.status, told.counts) == (2, {"same": 2, "cannot tell": 1}), told.out
    assert "only with CAs that the client sends" in told.whys[0]
    told = replay(httpd, lambda text: text.replace("conf/root-ca.pem", "conf/partner-ca.pem"))
    assert (told.status, told.counts) == (2, {"same": 1, "cannot tell": 2}), told.out
    told = replay(httpd, lambda text: text.replace("conf/root-ca.pem", "conf/partner-ca.pem")
                  .replace("IssuedBy conf/corp-ca.pem", "IssuedBy conf/partner-ca.pem"))
    assert (told.status, told.counts) == (1, {"same": 1, "refused": 2}), told.out


# The method, and the name that was asked for

def test_a_method(make_httpd, pki):
    limited = USE.replace("Require valid-user", "<LimitExcept GET HEAD>\nRequire valid-user\n</LimitExcept>")
    httpd = keeping(make_httpd, main=RULE + KEEP, location="", vhost=section("Location", "/in", limited)).start()
    zed = pki.partner.issue(["CN=zed"])
    for cert, status in ((zed, 403), (pki.bob, 404)):
        with httpd.connect(cert) as connection:
            assert connection.request("POST", "/in", body=b"x").status == status
    seen(httpd, 2)
    told = replay(httpd, same)
    assert (told.status, told.counts) == (0, {"same": 2}), told.out
    told = replay(httpd, changed("CertMapUser     {", "CertMapMatch    subject.CN == alice\nCertMapUser {"))
    assert told.different == [("refused", "bob", "no_rule_matched", "/in")]
    assert "  POST localhost/in  " in told.out and told.json["different"][0]["method"] == "POST"


def test_a_name_that_is_a_folder(make_httpd, pki):
    """With mod_vhost_alias the name that a client asks for leads to files."""
    folders = "".join(section("Directory", '"${ROOT}/mass/' + name + '.example.test"', use) for name, use in (
        ("a", USE), ("b", USE.replace("valid-user", "user bob"))))
    host = virtual_host("a", AUDIT, "ServerAlias b.example.test", 'VirtualDocumentRoot "${ROOT}/mass/%0"', folders)
    httpd = keeping(make_httpd, main=RULE + KEEP, location="", after=host, modules=("vhost_alias",)).start()
    for name, status in (("a", 404), ("b", 403)):
        httpd.write(f"mass/{name}.example.test/x", "")
        assert httpd.get("/in", pki.alice, sni=name + ".example.test").status == status
        assert explain(httpd, pki.alice, vhost=name + ".example.test", location="/in").code == (status == 403)
    seen(httpd, 1)
    told = replay(httpd, same)
    assert (told.status, told.counts) == (0, {"same": 2}), told.out


def test_an_address_that_is_a_folder(make_httpd, pki):
    host = virtual_host("a", AUDIT, "ServerAlias ::1", 'VirtualDocumentRoot "${ROOT}/mass/%0"',
                        section("Directory", '"${ROOT}/mass/::1"', USE.replace("valid-user", "user bob")))
    httpd = keeping(make_httpd, main=RULE + KEEP, location="", after=host, modules=("vhost_alias",)).start()
    httpd.write("mass/::1/x", "")
    assert httpd.get("/in", pki.alice, sni="a.example.test", host="[::1]").status == 403
    seen(httpd, 1)
    told = replay(httpd, same)
    assert (told.status, told.counts) == (0, {"same": 1}), told.out


# Places that the log does not have

def test_a_place_that_no_connection_began_with(make_httpd, pki):
    httpd = keeping(make_httpd, main=RULE + KEEP, location="", vhost=section("Location", "/in", USE)).start()
    with httpd.connect(pki.alice) as connection:
        assert [connection.get(path).status for path in ("/in", "/in/then")] == [404, 404]
    seen(httpd, 1)
    told = replay(httpd, lambda text: text.replace("Require valid-user", "Require valid-user\n</Location>\n"
                                                   '<Location "/in/then">\nRequire user nobody'))
    assert (told.status, told.counts) == (0, {"same": 1}), told.out
    assert told.out.splitlines()[-1] == "1 were let in: of their connections the log has the first place only"


def test_a_path_that_the_log_has_cut(make_httpd, pki):
    deep = section("LocationMatch", '"^/cgi/env/.*/end$"', USE.replace("valid-user", "user alice"))
    httpd = keeping(make_httpd, main=RULE + KEEP, location="",
                    vhost=section("Location", "/cgi/env", USE.replace("valid-user", "user bob")) + deep).start()
    with httpd.connect(pki.alice) as connection:
        connection.get("/cgi/env/" + "a/" * 2000 + "end")
    seen(httpd, 1)
    told = replay(httpd, same)
    assert (told.status, told.counts) == (2, {"cannot tell": 1}) and "not the whole path" in told.out, told.out

"""docs/audit.md, "Events": of which requests there is one, where httpd makes others of the client's."""

import pytest

RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    subject.O == Example
    CertMapUser     {subject.CN}
</CertMapRule>
DavLockDB "${ROOT}/locks/db"
"""
VHOST = """
ErrorDocument 404 /kept/not-found.html
<Directory "${ROOT}/htdocs">
    Dav On
</Directory>
<Location "/kept">
    AuthType   ClientCert
    CertMapUse staff
    Require    valid-user
</Location>
"""
FILES = {"htdocs/kept/not-found.html": "not found\n", "htdocs/kept/old.txt": "old\n", "htdocs/open/new.txt": "new\n"}
SERVER = dict(main=RULES, vhost=VHOST, files=FILES, modules=("dav", "dav_fs", "dav_lock"))


def start(serve, **how):
    httpd = serve(**{**SERVER, **how})
    for folder in ("locks", "htdocs/kept", "htdocs/open"):
        httpd.writable_folder(folder)
    return httpd


@pytest.fixture(scope="module")
def httpd(serve):
    return start(serve)


@pytest.mark.parametrize("who", [None, "alice"])
def test_the_protected_error_document_of_a_public_page_makes_none(httpd, pki, who):
    """Else each broken link would be a refusal, and end the connection."""
    seen = httpd.watch()
    with httpd.connect(who and pki.alice) as connection:
        for _ in range(2):
            response = connection.get("/open/nothing.html")
            assert response.status == 404 and ("not found\n" == response.text) == (who is not None)
        assert connection.get("/kept/old.txt").status == (200 if who else 403)
    assert [event["url"]["path"] for event in seen.events(1)] == ["/kept/old.txt"]


def copy(httpd, connection, name, method="COPY"):
    there = {"Destination": f"https://localhost:{httpd.port}/kept/{name}", "Overwrite": "T"}
    return connection.request(method, "/open/new.txt", there).status


def test_a_copy_into_a_protected_place_makes_one(httpd, pki):
    for cert, status, outcome, reason in ((pki.carol, 403, "failure", "no_rule_matched"), (None, 403, "failure", "no_certificate"),
                                          (pki.alice, 201, "success", "mapped")):
        seen = httpd.watch()
        with httpd.connect(cert) as connection:
            assert copy(httpd, connection, "copied.txt") == status
        (event,) = seen.events(1)
        assert (event["event"]["outcome"], event["event"]["reason"]) == (outcome, reason)
        assert (event["http"]["request"]["method"], event["url"]["path"]) == ("COPY", "/kept/copied.txt")


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_what_cannot_be_audited_is_not_copied_either(serve, pki, method):
    httpd = start(serve, audit="CertMapAuditLog /dev/full\nCertMapAuditFailure deny")
    with httpd.connect(pki.alice) as connection:
        assert copy(httpd, connection, "old.txt", method) == 503
    assert httpd.read("htdocs/kept/old.txt") == "old\n"

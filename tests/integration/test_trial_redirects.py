"""CertMapTrial on redirects, subrequests and documents of errors: what a client asked for is tried, once."""

import pytest

from status_page import PLAIN
from trials import FILES, RULES, Trials, trial

REDIRECTS = """
<Location "/cgi/env/name">
    SSLUserName SSL_CLIENT_S_DN_CN
    CertMapTrial new
</Location>
RewriteEngine on
RewriteRule ^/to-name$ /cgi/env/name [PT]
ErrorDocument 403 /cgi/env/name/sorry
ErrorDocument 404 /cgi/env/name/gone
Action through-script /cgi/env/script virtual
<Location "/in">
    SSLUserName SSL_CLIENT_S_DN_CN
    CertMapTrial new
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Location>
<Location "/in/action">
    SetHandler through-script
</Location>
<Location "/closed">
    Require all denied
</Location>
<Directory "${ROOT}/htdocs/away">
    RewriteEngine on
    RewriteRule ^to-in$ /in/page.html
</Directory>
<Files "index.shtml">
    SSLUserName SSL_CLIENT_S_DN_CN
    CertMapTrial new
</Files>
"""


@pytest.fixture(scope="module")
def redirecting(serve):
    files = {"htdocs/in/page.html": "page", "htdocs/in/index.html": "index", "htdocs/away/x.html": "", "htdocs/sub/index.shtml": "x",
             "htdocs/in/all.shtml": '<!--#include virtual="/in/page.html" --><!--#include virtual="/in/" -->'}
    return serve(main=RULES, vhost=REDIRECTS, files={**FILES, **files}, plain=PLAIN, modules=("actions",))


@pytest.mark.parametrize("path, status", [
    ("/to-name", 200), ("/in/page.html", 200), ("/in/", 200), ("/in/all.shtml", 200), ("/away/to-in", 200),
    ("/in/action/x", 200), ("/in/missing.html", 404)])
def test_a_clients_request_is_tried_once(redirecting, pki, path, status):
    tried = Trials(redirecting)
    assert redirecting.get(path, pki.bob).status == status
    assert redirecting.get("/in/page.html", pki.alice).status == 200
    counts, events = tried.after(2)
    assert counts == {("new", "different"): 1, ("new", "same"): 1}
    assert [trial(event) for event in events] == [("bob", "mapped", "robert", "new")]


def test_the_document_of_an_error_is_not_tried(redirecting, pki):
    tried = Trials(redirecting)
    assert redirecting.get("/closed", pki.bob).status == 403
    assert redirecting.get("/in/page.html", pki.alice).status == 200
    assert tried.after(1) == ({("new", "same"): 1}, [])


def test_a_directory_index_with_a_trial_of_its_own(redirecting, pki):
    redirecting.write("htdocs/x.html", "")
    tried = Trials(redirecting)
    assert redirecting.get("/sub/index.shtml", pki.bob).status == 200
    assert [trial(event) for event in tried.after(1)[1]] == [("bob", "mapped", "robert", "new")]

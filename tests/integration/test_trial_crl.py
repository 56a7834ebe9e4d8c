"""docs/directives.md, CertMapTrial: the rules that are tried have their revocation lists."""

from revoked import SOON, crl, rule
from status_page import PLAIN
from trials import Trials, trial
from watch import wait_for

PLACE = '<Location "/cgi/env/name">\nSSLUserName SSL_CLIENT_S_DN_CN\nCertMapTrial tried\n</Location>\n'


def test_a_revocation_is_tried_on_an_open_connection(make_httpd, pki):
    httpd = make_httpd(main=rule("tried", ["tried.crl"]), vhost=PLACE, plain=PLAIN,
                       files={"conf/crl/tried.crl": crl(pki.issuing, number=1)})
    with httpd, httpd.connect(pki.alice) as connection:
        tried = Trials(httpd)
        assert connection.get("/cgi/env/name").status == 200
        assert tried.after(1) == ({("tried", "same"): 1}, [])
        httpd.write("conf/crl/tried.crl", crl(pki.issuing, [pki.alice], number=2))
        wait_for(lambda: connection.get("/cgi/env/name").status == 200 and tried.events(), "trial", SOON)
        assert trial(tried.events()[0]) == ("alice", "certificate_revoked", None, None)
        assert connection.get("/cgi/env/name").env["REMOTE_USER"] == "alice"

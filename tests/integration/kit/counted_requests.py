"""Counters against both logs of a server whose places get a request counted in every way.

    HOW                              its settings; `httpd` runs with each MPM, in three processes
    mallory                          a certificate that the map file blocks
    seen = Seen(httpd); …; seen.after(7)   counts, access, audit of the 7 requests since then
"""

import collections

import pytest

from httpd_setup import AUDIT, user_file, virtual_host
from pki import email
from status_page import PLAIN, Counts, wait_for_requests
from watch import wait_for

RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule listed>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapFile     conf/listed.map
</CertMapRule>
"""
USE = "AuthType ClientCert\nCertMapUse staff listed\n"
OTHER = virtual_host("other", AUDIT, """
    <CertMapRule staff>
        CertMapIssuedBy conf/corp-ca.pem
        CertMapUser     other-{subject.CN}
    </CertMapRule>
    <Location "/">
        AuthType ClientCert
        CertMapUse staff
        Require valid-user
    </Location>
""")
VHOST = f"""
Protocols h2 http/1.1
RewriteEngine on
RewriteRule ^/in/again$ /in/page.html
<Location "/open">
    {USE}
    Require all granted
</Location>
<Location "/in">
    {USE}
    Require valid-user
    ErrorDocument 403 /in/sorry.html
</Location>
<Location "/password">
    AuthType Basic
    AuthName both
    AuthUserFile conf/users
    CertMapUse staff
    Require valid-user
</Location>
<Location "/both">
    AuthType Basic
    AuthName both
    AuthUserFile conf/users
    CertMapUse staff
    CertMapControl required
    Require valid-user
    ErrorDocument 401 /open/denied.html
</Location>
<Location "/bob">
    {USE}
    Require user bob
    ErrorDocument 403 /open/denied.html
</Location>
<Location "/shelf">
    {USE}
    Require all granted
</Location>
<Location "/shelf/index.html">
    Require user bob
</Location>
<Location "/either">
    AuthType Basic
    AuthName either
    AuthUserFile conf/users
    CertMapUse staff
    Require user bob
</Location>
<Location "/strict">
    AuthType Basic
    AuthName strict
    AuthUserFile conf/users
    CertMapUse staff
    CertMapControl required
    Require user bob
</Location>
<Location "/nothing">
    CertMapUse none
    Require all denied
    ErrorDocument 403 /open/denied.html
</Location>
<Directory "${{ROOT}}/htdocs/away">
    RewriteEngine on
    RewriteRule ^to-in$ /in/page.html
    RewriteRule ^to-bob$ /bob/page.html
    RewriteRule ^to-both$ /both/page.html
</Directory>
<Location "/away/to-both">
    AuthBasicFake alice
</Location>
<Directory "${{ROOT}}/htdocs">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
"""
PAGES = {f"htdocs/{place}/{page}": f"<p>{page}</p>\n" for place in ("in", "open", "password", "both", "bob", "shelf", "either", "strict")
         for page in ("index.html", "page.html", "sorry.html", "denied.html")}
INCLUDING = {"htdocs/in/all.shtml": '<!--#include virtual="/in/page.html" --><!--#include virtual="/open/page.html" -->\n'}
FILES = {**PAGES, **INCLUDING, "htdocs/away/index.html": "", "conf/listed.map": "email:carol@partner.example carol\nemail:mallory@partner.example !\n",
         "conf/users": user_file("alice", "bob")}
HOW = dict(main=RULES, vhost=VHOST, after=OTHER, files=FILES, plain=PLAIN)


@pytest.fixture(scope="module", params=["prefork", "worker", "event"])
def httpd(request, serve):
    return serve(mpm=request.param, processes=3, **HOW)


@pytest.fixture(scope="module")
def mallory(pki):
    return pki.partner.issue(["CN=mallory"], san=[email("mallory@partner.example")])


class Seen:
    """Counts, access log and audit log since some moment, when so many requests are over."""

    def __init__(self, httpd):
        self._httpd, self._counts = httpd, Counts(httpd)
        self._access, self._audit = len(self._lines()), len(httpd.audit())

    def _lines(self):
        return [line for line in self._httpd.access_log() if line.path != "/status"]

    def after(self, requests):
        wait_for(lambda: len(self._lines()) - self._access >= requests, "access log")
        self.counts = wait_for_requests(self._httpd, self._counts("decisions_total") + requests).since(self._counts)
        self.access = self._lines()[self._access:]
        self.audit = [event for event in self._httpd.audit()[self._audit:]
                      if event["event"]["action"] == "authenticate"]
        return self

    def outcomes(self, name):
        return collections.Counter(event["event"]["reason"] for event in self.audit
                                   if event["event"]["outcome"] == name)

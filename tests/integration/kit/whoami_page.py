"""The visitor's page: a server with it in many places, and a reader of its HTML.

    SERVER                              settings for the `httpd` fixture: PLACES, and a place below each,
                                        PLACE/in, where only who is signed in may see the page
    page(httpd, "/whoami", cert)        a Page: status, headers, title, headings, facts, items, text …
    facts(httpd, "/whoami", cert)       the same visit as JSON
Both look that nothing is told that is not the visitor's.
"""

import json
from html.parser import HTMLParser

from httpd_setup import AUDIT, user_file, virtual_host

RULES = r"""
<CertMapRule people>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile     conf/people.map
</CertMapRule>
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule veiled-denial>
    CertMapMatch    subject.OU == Contractors
    CertMapDeny     "veiled words for the log"
</CertMapRule>
<CertMapRule veiled-directory>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapLDAPURL  "ldap://127.0.0.1:1/dc=veiled?uid?sub?(mail={email})"
</CertMapRule>
"""
PEOPLE = """\
email:alice@example.com    alice    groups=dev,admins
email:blocked@example.com  !
email:former@example.com   former   expires=2020-01-31
dns:one.example            veiled-1
dns:two.example            veiled-2
email:other@example.com    veiled-3 groups=veiled-group
"""
OURS = "AuthType ClientCert\nCertMapUse veiled-denial people staff"
BASIC = "AuthType Basic\nAuthName hello\nAuthUserFile conf/users\nCertMapUse staff\nCertMapControl "
PLACES = {
    "/whoami": OURS,
    "/basic": BASIC + "sufficient",
    "/both": BASIC + "required",
    "/nothing": "AuthType None\nCertMapUse none",
    "/only-basic": BASIC.replace("CertMapUse staff", "CertMapUse none") + "sufficient",
    "/typeless": "AuthType None\nCertMapUse staff",
    "/ruleless": "AuthType ClientCert\nCertMapUse none",
    "/directory": "AuthType ClientCert\nCertMapUse veiled-directory",
}
SECTIONS = "".join(f"""
<Location "{path}">
    SetHandler certmap-whoami
    {lines}
    Require all granted
</Location>
<Location "{path}/in">
    Require valid-user
</Location>""" for path, lines in PLACES.items()) + f"""
<Location "/group">
    {OURS}
    Require certmap-group veiled-wheel
</Location>
<Location "/signed">
    {OURS}
    Require valid-user
</Location>
<Location "/denied">
    AuthType None
    CertMapUse none
    Require all denied
</Location>
ErrorDocument 401 /whoami
ErrorDocument 403 /whoami
ErrorDocument 500 /whoami
ErrorDocument 503 /whoami
ErrorDocument 404 /whoami
"""


SERVER = dict(main=RULES, vhost="ServerAdmin helpdesk@example.com\nProtocols h2 http/1.1" + SECTIONS, plain=SECTIONS,
              after=virtual_host("noca", AUDIT, SECTIONS, verify="optional_no_ca")
              + virtual_host("never", AUDIT, SECTIONS, verify="none"),
              files={"conf/people.map": PEOPLE, "conf/users": user_file("alice", "bob")})
# What stands in the configuration, the map file, the log, or belongs to other people.
SECRETS = ("veiled", "people.map", "conf/", "ldap:", "dc=", "CertMap", "mail=", "127.0.0.1", "/tmp/", "users")


class Page(HTMLParser):
    """Reads strictly: each element is closed in its order, no id stands twice."""

    VOID = ("meta", "link", "br", "circle", "path")
    LEAVES = ("h1", "h2", "dt", "dd", "li", "p", "pre", "title", "style", "summary")

    def __init__(self, response):
        super().__init__(convert_charrefs=True)
        self.status, self.headers = response.status, response.headers
        self.source = response.body.decode("utf-8")
        self.elements, self.found, self._open, self._texts = [], [], [], []
        self.feed(self.source)
        self.close()
        assert not self._open, self._open
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(ids) == len(set(ids))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in self.VOID:
            return
        self._open.append(tag)
        if tag in self.LEAVES:
            self._texts.append([])

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open and self._open.pop() == tag, f"</{tag}> at {self.getpos()}"
        if tag in self.LEAVES:
            self.found.append((tag, "".join(self._texts.pop())))

    def handle_data(self, data):
        for texts in self._texts:
            texts.append(data)

    def all(self, tag):
        return [text for name, text in self.found if name == tag]

    @property
    def title(self):
        return self.all("title")[0]

    @property
    def banner(self):
        """Heading and first sentences."""
        return self.all("h1")[0], self.all("p")[0]

    @property
    def facts(self):
        return dict(zip(self.all("dt"), self.all("dd")))

    @property
    def report(self):
        return dict(line.split(": ", 1) for line in self.all("pre")[0].splitlines())

    @property
    def folded(self):
        """The markup of what stands in the visible part, and of what is folded away."""
        shown, _, rest = self.body.partition('<details class="sheet">')
        return shown, rest.partition("</details>")[0]

    @property
    def body(self):
        return self.source.partition("</style>")[2]


def _ask(httpd, path, cert, headers, accept, plain, **how):
    headers = {"Accept": accept, **(headers or {})}
    response = httpd.get_plain(path, headers) if plain else httpd.get(path, cert, headers, **how)
    told = response.body.decode("utf-8").partition("</style>")[2] or response.body.decode("utf-8")
    for secret in (*SECRETS, httpd.root):
        assert secret not in told, f"{secret} in {told}"
    return response


def page(httpd, path, cert=None, headers=None, plain=False, **how):
    response = _ask(httpd, path, cert, headers, "text/html", plain, **how)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8", response
    return Page(response)


def facts(httpd, path, cert=None, headers=None, plain=False, **how):
    response = _ask(httpd, path, cert, headers, "application/json", plain, **how)
    assert response.headers["Content-Type"] == "application/json", response
    told = json.loads(response.body)
    assert told["status"] == response.status
    return told


def outcome(told):
    return f"{told['status']} {told['outcome']} {told.get('reason')} {told.get('account')}"

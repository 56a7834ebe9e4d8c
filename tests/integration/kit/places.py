"""Many small rules in one server, each with a place of its own where it alone decides.

    SERVER = places({"cn": "CertMapUser {subject.CN}", …})     settings for the `httpd` fixture
    ask(httpd, cert, "cn")          the account, or "!" and the reason of the refusal
    asker = Asker(httpd, cert); asker("cn")     the same for several places, on one connection

A rule holds only below the issuing CA (issued_by=None: anywhere). A name with "+" is the place of
several rules: extra=["a+b"]. quoted("…") writes any text as an argument of a directive.
refuse(make_httpd, lines, …)    `httpd -t` refuses a rule of these lines
"""

import re

# The reason's note, as a header that error pages have too.
REASON = 'Header always set X-Reason "expr=%{note:certmap-reason}"'


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rule(name, lines, issued_by="conf/corp-ca.pem"):
    issued = f"CertMapIssuedBy {issued_by}\n" if issued_by else ""
    return f"<CertMapRule {name}>\n{issued}{lines}\n</CertMapRule>\n"


def place(name, more="AuthType ClientCert"):
    return f"""<Location "/cgi/env/{name}">
    {more}
    CertMapUse {name.replace("+", " ")}
    Require valid-user
</Location>
"""


def places(rules, extra=(), issued_by="conf/corp-ca.pem", vhost="", **settings):
    main = "".join(rule(name, lines, issued_by) for name, lines in rules.items())
    own = "".join(place(name) for name in (*rules, *extra))
    return dict(main=settings.pop("main", "") + main, vhost=REASON + "\n" + own + vhost, **settings)


def outcome(response):
    if response.status == 200:
        return response.env["REMOTE_USER"]
    assert response.status in (403, 503), response
    return "!" + response.headers["X-Reason"]


class Asker:
    def __init__(self, httpd, cert, **how):
        self._connection = httpd.connect(cert, **how)

    def __call__(self, name):
        return outcome(self._connection.get(f"/cgi/env/{name}"))


def ask(httpd, cert, name, headers=None, **how):
    return outcome(httpd.get(f"/cgi/env/{name}", cert, headers, **how))


def refuse(make_httpd, lines, *words, **settings):
    """`httpd -t` refuses a rule of these lines: the message names a line of it, and these words."""
    httpd = make_httpd(main=rule("wrong", lines, issued_by=None), **settings)
    status, output = httpd.test_config()
    assert status != 0, output
    places_named = re.findall(r"line (\d+) of \S*httpd\.conf|httpd\.conf:(\d+)", output)
    first = httpd.line_of("<CertMapRule wrong>")
    section = range(first, first + lines.count("\n") + 3)
    assert places_named and all(int(a or b) in section for a, b in places_named), output
    for word in words:
        assert word in output, output
    return [int(a or b) - first for a, b in places_named], output

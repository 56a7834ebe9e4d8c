"""A server whose rules have CertMapCRL, and CRLs that change under it.

    crls = Crls(serve, pki, {"a": rule("a", ["a.crl"])}, {"a.crl": …})   conf/crl/a.crl, /cgi/env/a
    crls.put("a.crl", [alice], number=2)              a CRL of the issuing CA, put there by a rename
    crls.outcome("a", alice)                          the account, or "403 certificate_revoked"
    mark = crls.mark(); …; crls.wait(mark, "crl_reload")
"""

import datetime
import time

from cryptography import x509

import places
from crls import REASON, builder, signed
from tls_table import outcome as tls_outcome
from watch import wait_for

SOON = 30.0  # docs/crl.md says 2 s; a loaded machine gets more
HOUR = 3600


def moment(seconds):
    """So many seconds from now."""
    return datetime.datetime.fromtimestamp(int(time.time()) + seconds, datetime.timezone.utc)


def crl(ca, certs=(), number=1, start=-HOUR, end=HOUR, reason=REASON.key_compromise, extensions=(), **how):
    """A CRL of `ca` with these certificates; `number` None: without one."""
    numbers = [(x509.CRLNumber(number), False)] if number is not None else []
    serials = [int(cert.serial, 16) for cert in certs]
    made = builder(ca, *serials, reason=reason, start=moment(start), end=moment(end),
                   extensions=[*numbers, *extensions])
    return signed(made, ca.key, **how)


def delta(ca, certs=(), number=2, base=1, **how):
    return crl(ca, certs, number, extensions=[(x509.DeltaCRLIndicator(base), True)], **how)


def rule(name, paths, *lines, issued_by="conf/corp-ca.pem", outcome="CertMapUser {email!local}"):
    crl_line = "CertMapCRL " + " ".join(f"conf/crl/{path}" for path in paths) if paths else ""
    more = "\n    ".join((crl_line, *lines))
    return f"""
<CertMapRule {name}>
    CertMapIssuedBy {issued_by}
    {more}
    {outcome}
</CertMapRule>"""


def location(name, rules=None):
    return f"""
<Location "/cgi/env/{name}">
    AuthType ClientCert
    CertMapUse {rules or name}
    Require valid-user
</Location>"""


class Crls:
    def __init__(self, serve, pki, rules, files, **how):
        """`rules`: text of rules by place; `files`: octets by name below conf/crl/."""
        self.pki = pki
        self.httpd = serve(main="".join(rules.values()) + how.pop("main", ""),
                           vhost=places.REASON + "".join(map(location, rules)) + how.pop("vhost", ""),
                           files={f"conf/crl/{name}": octets for name, octets in files.items()}, **how)

    def path(self, name):
        return self.httpd.path(f"conf/crl/{name}")

    def put(self, name, octets):
        """By a rename, as what fetches CRLs does it."""
        self.httpd.write(f"conf/crl/{name}", octets)

    def get(self, place, cert, **how):
        return self.httpd.get(f"/cgi/env/{place}", cert, **how)

    def outcome(self, place, cert, connection=None):
        response = connection.get(f"/cgi/env/{place}") if connection else self.get(place, cert)
        if response.status == 200:
            return response.env["REMOTE_USER"]
        return tls_outcome(response)

    def mark(self):
        return len(self.httpd.audit())

    def events(self, mark=0, action=None, name=None):
        return [event for event in self.httpd.audit()[mark:]
                if action in (None, event["event"]["action"])
                and (name is None or event.get("file", {}).get("path") == self.path(name))]

    def wait(self, mark, action, name=None):
        return wait_for(lambda: next(iter(self.events(mark, action, name)), None), f"{action} of {name}", SOON)

    def change(self, name, octets):
        """Puts it there, and waits until it is in force."""
        mark = self.mark()
        self.put(name, octets)
        return self.wait(mark, "crl_reload", name)

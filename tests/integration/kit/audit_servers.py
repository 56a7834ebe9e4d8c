"""Configurations and certificates for the tests of the audit log.

SERVER      for serve(): /cgi/env/{m,cn,out,long} under different rules, one log for all
person()    a certificate of the issuing CA with these alternative names
MAIN, with_log(name, target), Server(httpd): a log for each virtual host NAME.example.test
"""

from httpd_setup import virtual_host

LONG_RULES = [f"{number:02}-" + "r" * 120 for number in range(40)]
RULES = """
<CertMapRule elsewhere>
    CertMapIssuedBy conf/partner-ca.pem
    CertMapUser {subject.CN}
</CertMapRule>
<CertMapRule m>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile conf/m.map
</CertMapRule>
<CertMapRule cn>
    CertMapUser {subject.CN}
</CertMapRule>
<CertMapRule out>
    CertMapMatch subject.OU == Contractors
    CertMapDeny "contractors stay out"
</CertMapRule>
""" + "".join(f"""
<CertMapRule {name}>
    CertMapMatch subject.CN == nobody
    CertMapUser nobody
</CertMapRule>""" for name in LONG_RULES)
USES = {"m": "elsewhere m", "cn": "cn", "out": "out cn", "long": " ".join(LONG_RULES)}
MAP = """\
email:alice@example.com    alice  groups=a
email:old@example.com      old    expires=2020-01-31
email:one@example.com      one
email:two@example.com      two
dns:blocked.example.com    !
"""
LOCATIONS = "".join(f"""
<Location "/cgi/env/{path}">
    AuthType ClientCert
    CertMapUse {rules}
    Require valid-user
</Location>""" for path, rules in USES.items())
SERVER = dict(main="Protocols h2 http/1.1\nCertMapAuditLog logs/audit.log\n" + RULES,
              vhost="RemoteIPHeader X-Forwarded-For\n" + LOCATIONS,
              plain=LOCATIONS, modules=("remoteip",), audit="", files={"conf/m.map": MAP})


def person(pki, *san, subject=("CN=x",), **how):
    return pki.issuing.issue(list(subject), san=san, **how)


ALICE_ONLY = """
<Location "/">
    AuthType ClientCert
    CertMapUse cn
    Require user alice
</Location>
"""
MAIN = """
<CertMapRule cn>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch subject.CN == alice
    CertMapUser {subject.CN}
</CertMapRule>
CertMapAuditLog logs/audit.log
""" + ALICE_ONLY


def with_log(name, target):
    return virtual_host(name, f"CertMapAuditLog {target}")


class Server:
    """Requests to virtual hosts by name; "" is the first."""

    def __init__(self, httpd):
        self.httpd = httpd

    def connect(self, name, cert=None, **how):
        return self.httpd.connect(cert, sni=f"{name}.example.test" if name else "localhost", **how)

    def get(self, name, cert=None, path="/index.html"):
        with self.connect(name, cert) as connection:
            return connection.get(path)

    def statuses(self, name, cert=None, count=1):
        """Up to the first 503. httpd drops the connection then; without a certificate, each time."""
        statuses = set()
        connection = self.connect(name, cert)
        while count and 503 not in statuses:
            connection = connection.again() if connection.ended else connection
            statuses.add(connection.get("/index.html").status)
            count -= 1
        connection.close()
        return statuses

    def requests_in(self, log):
        return [event for event in self.httpd.audit(log) if event["event"]["action"] == "authenticate"]

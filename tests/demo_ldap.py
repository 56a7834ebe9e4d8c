"""Accounts from a private slapd ("make demo LDAP=1")."""

import atexit
import re

from demo_server import AUDIT_LOG, Demo, sample
from directory import PEOPLE, SERVICE_SECRET, Slapd, person
from pki import email
from watch import wait_for

HOST = "www.example.test"
ALICE = "alice, this certificate in her entry"
# What the ppolicy and memberof overlays would bring.
SCHEMA = """
attributetype ( 1.3.6.1.4.1.32473.3.1 NAME 'pwdAccountLockedTime'
    EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )
attributetype ( 1.3.6.1.4.1.32473.3.2 NAME 'memberOf'
    EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
objectclass ( 1.3.6.1.4.1.32473.3.3 NAME 'demoPerson' SUP top AUXILIARY
    MAY ( pwdAccountLockedTime $ memberOf ) )
"""
HIDDEN = f'access to dn.exact="uid=grace,{PEOPLE}" attrs=uid by * none'
CLASSES = ["inetOrgPerson", "examplePerson", "demoPerson"]
ADMINS = "cn=admins,ou=Groups,dc=example,dc=com"


def by_mail(pki, address, **how):
    return pki.issuing.issue(["O=Example", "CN=somebody"], san=[email(address)], **how)


class DirectoryDemo(Demo):
    sample, switch, servers, them = "examples/ldap-openldap.conf", " LDAP=1", "Both servers are", "them"
    rules = "ldap-cert ldap-mail"
    head = ["certificate", "status", "account", "rule", "strength", "answer from", "reason"]

    def __init__(self):
        super().__init__()
        self.alice = by_mail(self.pki, "alice@example.com", serial=0x2a)
        self.forged = by_mail(self.pki, "alice@example.com", serial=0x2a)
        self.directory = Slapd(self.pki, self.entries(), access=HIDDEN, schema=SCHEMA,
                               indexes="mail,uid,userCertificate").start()
        self.seen = self.directory.watch()
        self.serve(main="Include conf/ldap-openldap.conf", files={
            "conf/ldap-openldap.conf": self.configuration(), "conf/ldap-ca.pem": self.pki.root.pem,
            "conf/ldap-password": SERVICE_SECRET + "\n"})
        self.address = f"https://{HOST}:{self.httpd.port}/cgi/"

    def entries(self):
        """Two people have erin's address."""
        people = {**person("alice", userCertificate_binary=self.alice.der, memberOf=ADMINS),
                  **person("Bob", mail="bob@example.com", displayName="Bob Example"),
                  **person("erin"), **person("erin2", mail="erin@example.com"),
                  **person("frank", pwdAccountLockedTime="000001010000Z"),
                  **person("grace"), **person("heidi")}
        return {dn: {**entry, "objectClass": CLASSES} for dn, entry in people.items()}

    def configuration(self):
        """The sample, for servers on this machine."""
        text = sample(self.sample).replace("*:443", "127.0.0.1:${PORT}").replace("www.example.com", HOST)
        text = text.replace("ldap://ldap1.example.com ldap2.example.com/",
                            f"{self.directory.host}/")
        return re.sub(r"^CertMapLDAPTimeout .*$", "CertMapLDAPTimeout 2", text, flags=re.M)

    def options(self):
        return ["--resolve", f"{HOST}:{self.httpd.port}:127.0.0.1"]

    def cells(self, event):
        certmap = event.get("certmap", {})
        rule, reason = super().cells(event)
        origin = {"none": "directory"}.get(certmap.get("cache"), certmap.get("cache", "-"))
        return [rule, certmap.get("strength", "-"), origin if "key" in certmap else "-", reason]

    def visitors(self):
        as_alice = dict(subject=["O=Example", "CN=alice"], san=[email("alice@example.com")])
        return {
            "no certificate": None,
            ALICE: self.alice,
            "the same on a new connection": self.alice,
            "alice's serial number, another certificate": self.forged,
            "bob, found by mail": by_mail(self.pki, "bob@example.com"),
            "dave, not in the directory": by_mail(self.pki, "dave@example.com"),
            "erin, two entries have her address": by_mail(self.pki, "erin@example.com"),
            "frank, his account is locked": by_mail(self.pki, "frank@example.com"),
            "grace, the directory hides her uid": by_mail(self.pki, "grace@example.com"),
            "the address *)(uid=alice)(mail=*@example.com": by_mail(
                self.pki, "*)(uid=alice)(mail=*@example.com"),
            "a blank before the address": by_mail(self.pki, " bob@example.com"),
            "alice of a CA of the very same name": self.pki.twin.issue(**as_alice),
        }

    def rows(self):
        rows = [self.request(name, cert, "env") for name, cert in self.visitors().items()]
        heidi = by_mail(self.pki, "heidi@example.com")
        self.directory.stop()
        rows += [self.request("directory stopped: alice again", self.alice, "env"),
                 self.request("directory stopped: heidi", heidi, "env")]
        self.directory.start()
        return rows + [self.request("directory back: heidi", heidi, "env")]

    def example(self):
        return ALICE, self.alice

    def print_logs(self):
        wait_for(lambda: '"backend_up"' in self.httpd.read(AUDIT_LOG), "event backend_up")
        print("\nThe filters that slapd saw:\n")
        print("\n".join(each.filter for each in self.seen.searches()
                        if each.base.lower() == PEOPLE.lower() and each.scope == 2))
        self.print_events("backend_down", "backend_up")

    def stop(self):
        super().stop()
        self.directory.remove()

    def keep(self):
        super().keep()
        atexit.unregister(self.directory.remove)
        print(f"Both servers are running. The certificates are in {self.httpd.path('clients')}, and the\n"
              f"directory is {self.directory.host} (ldapmodify -D '{self.directory.administrator}'\n"
              f"-w administrator). To stop them:\n\n"
              f"    kill {self.httpd.pid} {self.directory.pid} && "
              f"rm -r {self.httpd.root} {self.directory.folder}")

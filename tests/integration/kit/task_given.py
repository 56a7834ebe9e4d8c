"""What a page of docs/tasks/ takes for granted and says so: files of somebody else, and servers beside httpd.

GIVEN: the page → context managers, called with the TaskMachine and pki.Pki before httpd starts.
"""

import contextlib

from directory import SECRET, Slapd, person

SUBJECT = "O=Example,CN={}"  # as SSSD writes names, which is also how ipaCertMapData has them


@contextlib.contextmanager
def directory(machine, pki):
    """ldaps://ldap.example.com with alice, bob and carol; its administrator's password is in ~/ldap.password."""
    mapped = f"X509:<I>{SUBJECT.format('Example People CA')}<S>{SUBJECT.format('bob')}"
    people = {**person("alice"), **person("bob", ipaCertMapData=mapped), **person("carol")}
    with Slapd(pki, people) as slapd:
        machine.places["ldaps://ldap.example.com"] = slapd.ldaps_host
        machine.environment["LDAPTLS_CACERT"] = machine.httpd.write("etc/certmap/ldap-ca.pem", pki.root.pem)
        machine.httpd.write("home/ldap.password", SECRET, mode=0o600)
        yield


GIVEN = {"from-ldap-modules.md": [directory]}

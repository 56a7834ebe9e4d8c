"""What a page of docs/tasks/ takes for granted and says so: files of somebody else, and servers beside httpd.

GIVEN: the page → context managers, called with the TaskMachine and pki.Pki before httpd starts.
try_page(page, pki) runs a task_page.Page with what is given for it, and for the pages where it goes on.
"""

import contextlib
import os

from directory import SECRET, Slapd, person
from task_machine import TaskMachine
from task_page import run

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


def given_for(page):
    before = given_for(page.before) if page.before else []
    return [*before, *GIVEN.get(os.path.basename(page.path), [])]


def try_page(page, pki):
    with contextlib.ExitStack() as stack:
        machine = TaskMachine(pki)
        for needed in given_for(page):
            stack.enter_context(needed(machine, pki))
        stack.enter_context(machine)
        run(page, machine)

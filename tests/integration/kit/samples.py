"""The files in conf/: what the tests of them share."""

import os
import re

import pytest

from directory import person
from httpd_setup import TREE, user_file
from pki import Ca, email

HOST = "www.example.com"
AUTHORITIES = ("corp", "partner", "supplier-2024", "supplier-2026", "eid", "dod", "piv", "ad", "factory",
               "mesh", "other")
# What overlays and other directories have of their own.
SCHEMA = """
attributetype ( 1.3.6.1.4.1.32473.4.1 NAME 'memberOf' EQUALITY distinguishedNameMatch
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
attributetype ( 1.3.6.1.4.1.32473.4.2 NAME 'pwdAccountLockedTime' EQUALITY generalizedTimeMatch
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )
attributetype ( 1.3.6.1.4.1.32473.4.3 NAME ( 'sAMAccountName' 'samName' ) EQUALITY caseIgnoreMatch
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.32473.4.4 NAME 'objectSid' EQUALITY caseIgnoreMatch
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.32473.4.5 NAME 'userAccountControl' EQUALITY integerMatch
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )
attributetype ( 1.3.6.1.4.1.32473.4.7 NAME 'objectCategory' EQUALITY caseIgnoreMatch
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.32473.4.6 NAME 'user' SUP top AUXILIARY
    MAY ( objectCategory $ memberOf $ pwdAccountLockedTime $ sAMAccountName $ objectSid $ userAccountControl ) )
"""


def sample(file):
    with open(os.path.join(TREE, "conf", file), encoding="utf-8") as text:
        return text.read()


def file_of(authority):
    return f"conf/{authority.replace('-20', '-ca-20') if '-' in authority else authority + '-ca'}.pem"


@pytest.fixture(scope="module")
def authorities():
    return {each: Ca("O=Example", f"CN={each.title()} CA") for each in AUTHORITIES}


@pytest.fixture(scope="module")
def issue(authorities):
    """issue("corp", "CN=alice", mail="…", …): a certificate of that authority."""
    def make(authority, *subject, mail=None, san=(), **how):
        san = [*([email(mail)] if mail else []), *san]
        return authorities[authority].issue(list(subject) or ["O=Example", "CN=alice"], san=san, **how)
    return make


@pytest.fixture
def run_sample(make_httpd, authorities):
    """Starts a server with a file of conf/, its virtual host on a free port."""
    def run(file, files=None, modules=(), change=lambda text: text, secrets=None,
            pages='ScriptAliasMatch "^/" "${ROOT}/cgi/env"\n'):
        text = change(re.sub(r"^LoadModule .*$", "", sample(file), flags=re.M))
        text = text.replace("*:443", "127.0.0.1:${PORT}")
        text = text.replace("/var/lib/certmap/kept", "kept")
        text = text.replace("http://127.0.0.1:8080", "http://127.0.0.1:${PLAIN_PORT}")
        content = {file_of(each): ca.pem for each, ca in authorities.items()}
        content["conf/client-cas.pem"] = "".join(ca.pem for ca in authorities.values())
        content["conf/users"] = user_file("alice", "bob")
        httpd = make_httpd(main=pages + text, modules=modules,
                           files={**content, **(files or {})})
        httpd.writable_folder("kept")
        for name, secret in (secrets or {}).items():
            httpd.write(name, secret, mode=0o600)
        code, output = httpd.test_config()
        assert code == 0, output
        assert "CM00" not in output, output
        return httpd.start()
    return run


def answer(httpd, cert, path="/", headers=None, host=HOST):
    """The user, or the status where there is none."""
    response = httpd.get(path, cert, headers, sni=host)
    return response.env["REMOTE_USER"] if response.status == 200 else response.status


def people(**entries):
    """Entries of inetOrgPerson with all that SCHEMA adds."""
    all_entries = {}
    for login, more in entries.items():
        for dn, entry in person(login, **more).items():
            all_entries[dn] = {**entry, "objectClass": ["inetOrgPerson", "examplePerson", "user"]}
    return all_entries

"""A private slapd with TLS on free ports of 127.0.0.1 and an ldapi socket, in a folder of its own.

    with Slapd(pki, {person("alice"): …}) as directory:
        directory.url("(mail={email})")          "ldap://127.0.0.1:PORT/ou=People,dc=example,dc=com?uid?sub?(…)"
        directory.lines("(mail={email})", "CertMapLDAPVerifyCert On", mode="NONE")     of a rule
        directory.host  .ldaps_host  .ldapi      "ldap://127.0.0.1:P", "ldaps://127.0.0.1:P", "ldapi://%2F…"
        seen = directory.watch(); seen.searches(1)       see directory_log.py

Entries: a dict from DN to a dict of attributes, values str, bytes or a list of these; its parents
(dc=example,dc=com, ou=People, ou=Services with cn=httpd, password "secret") are always there.
person("alice", mail=…, **more) makes an inetOrgPerson with uid, cn, sn, and mail alice@example.com.
While it runs: add(dn, attributes)  modify(dn, mail=…)  delete(dn)  has(dn)    (None takes an attribute away)
Life: stop() start() (same ports)  kill()  freeze() thaw() (SIGSTOP, SIGCONT)

access: ACLs of slapd.conf, before those that keep passwords secret and let everyone read (closed=True: alone);
database: more lines of the database; lines: of the server (authz-regexp …); schema: more of it;
indexes: "mail,uid" is there; modules: names to load (memberof, ppolicy …); certificate: a pki.Cert;
of: another Slapd, with PROVIDER in its database, whose replica it is.
"""

import base64
import functools
import glob
import os
import shutil
import subprocess

from daemon import Daemon
from directory_log import DirectoryWatch
from ports import free_ports
from processes import listening

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/openldap", "/usr/libexec"])
SUFFIX, PEOPLE = "dc=example,dc=com", "ou=People,dc=example,dc=com"
ADMINISTRATOR, SECRET = "cn=admin,dc=example,dc=com", "administrator"
SERVICE, SERVICE_SECRET = "cn=httpd,ou=Services,dc=example,dc=com", "secret"
TEXT, DN = "1.3.6.1.4.1.1466.115.121.1.15", "1.3.6.1.4.1.1466.115.121.1.12"

# 1.3.6.1.4.1.32473 is the arc for examples (RFC 5612).
TEXTS = "altSecurityIdentities ipaCertMapData userPrincipalName accountName groupName nsAccountLock".split()
SCHEMA = "\n".join([
    *(f"attributetype ( 1.3.6.1.4.1.32473.1.{number} NAME '{name}' EQUALITY caseIgnoreMatch "
      f"SUBSTR caseIgnoreSubstringsMatch SYNTAX {TEXT} )" for number, name in enumerate(TEXTS, 1)),
    f"attributetype ( 1.3.6.1.4.1.32473.1.20 NAME 'certSubject' EQUALITY distinguishedNameMatch SYNTAX {DN} )",
    "objectclass ( 1.3.6.1.4.1.32473.2.1 NAME 'examplePerson' SUP top AUXILIARY "
    f"MAY ( {' $ '.join(TEXTS)} $ certSubject $ userCertificate ) )"])

CONF = """\
{schemas}
{schema}
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
TLSVerifyClient try
threads 8
{modules}
{lines}
database mdb
maxsize 536870912
dbnosync
suffix "{suffix}"
rootdn "{administrator}"
rootpw {secret}
directory {folder}/data
index objectClass eq
index {indexes} eq
{access}
{database}
"""

# The entries of a replica come from the other one, which keeps count.
PROVIDER = "overlay syncprov"
REPLICA = """\
syncrepl rid=1 provider={of.ldapi} type=refreshAndPersist retry="1 +" searchbase="{suffix}"
    bindmethod=simple binddn="{administrator}" credentials={secret}
"""

OPEN = """
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""

BASE = {
    SUFFIX: dict(objectClass=["organization", "dcObject"], o="Example", dc="example"),
    PEOPLE: dict(objectClass="organizationalUnit", ou="People"),
    f"ou=Services,{SUFFIX}": dict(objectClass="organizationalUnit", ou="Services"),
    SERVICE: dict(objectClass=["applicationProcess", "simpleSecurityObject"], cn="httpd",
                  userPassword=SERVICE_SECRET),
}


def person(login, mail=True, rdn=None, **more):
    """One entry of the dict; mail=None: none; rdn: "cn=…" instead of uid=login."""
    attributes = dict(objectClass=["inetOrgPerson", "examplePerson"], uid=login, cn=login, sn=login)
    if mail:
        attributes["mail"] = f"{login}@example.com" if mail is True else mail
    return {f"{rdn or 'uid=' + login},{PEOPLE}": {**attributes, **more}}


def ldif(dn, attributes):
    """Everything in base64: values are whatever octets a test wants."""
    def line(name, value):
        octets = value.encode("utf-8") if isinstance(value, str) else value
        return f"{name}:: {base64.b64encode(octets).decode('ascii')}\n"
    lines = [line("dn", dn)]
    for name, values in attributes.items():
        values = values if isinstance(values, (list, tuple)) else [values]
        lines += [line(name.replace("_binary", ";binary"), value) for value in values]
    return "".join(lines) + "\n"


@functools.lru_cache(None)
def _schema_folder():
    return next(each for each in ("/etc/ldap/schema", "/etc/openldap/schema") if os.path.isdir(each))


def _module_lines(names):
    """Lines for those that are files here; others are built in."""
    for folder in glob.glob("/usr/lib*/ldap") + glob.glob("/usr/lib*/openldap"):
        if found := [name for name in names if glob.glob(f"{folder}/{name}.so*")]:
            return "\n".join([f"modulepath {folder}", *(f"moduleload {name}" for name in found)])
    return ""


class Slapd(Daemon):
    administrator = ADMINISTRATOR

    def __init__(self, pki, entries=None, *, access="", database="", lines="", schema="", indexes="mail,uid",
                 modules=(), certificate=None, ca=None, closed=False, of=None):
        super().__init__("certmap-slapd-")
        os.chmod(self.folder, 0o755)
        self.port, self.ldaps_port = free_ports(2)
        server = certificate or pki.server
        for name, text in (("ca.pem", ca or "".join(each.pem for each in (pki.root, pki.issuing))),
                           ("server.pem", server.pem), ("server.key", server.key_pem)):
            self._write(name, text)
        os.mkdir(self.path("data"))
        schemas = "\n".join(f"include {_schema_folder()}/{name}.schema"
                            for name in ("core", "cosine", "inetorgperson", "nis"))
        self._write("slapd.conf", CONF.format(
            schemas=schemas, schema=SCHEMA + "\n" + schema, folder=self.folder, lines=lines, access=access + ("" if closed else OPEN),
            modules=_module_lines(("back_mdb", *modules)), suffix=SUFFIX, indexes=indexes,
            database=database + (REPLICA.format(of=of, suffix=SUFFIX, administrator=ADMINISTRATOR, secret=SECRET) if of else ""),
            administrator=ADMINISTRATOR, secret=SECRET))
        if of:
            return
        self._write("start.ldif", "".join(ldif(dn, attributes)
                                          for dn, attributes in {**BASE, **(entries or {})}.items()))
        self._run("slapd", "-T", "add", "-q", "-f", self.path("slapd.conf"), "-l", self.path("start.ldif"))

    # Files and programs

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o600)

    def _run(self, program, *arguments, text=""):
        run = subprocess.run([shutil.which(program, path=PATH), *arguments], input=text.encode(),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False,
                             env={**os.environ, "LDAPNOINIT": "1"})
        assert run.returncode == 0, run.stdout.decode("utf-8", "backslashreplace")

    def start(self):
        addresses = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.ldaps_port} {self.ldapi}"
        self.run([shutil.which("slapd", path=PATH), "-d", "stats", "-h", addresses, "-f", self.path("slapd.conf")],
                 lambda: {self.port, self.ldaps_port, self.path("ldapi")} <= listening())
        os.chmod(self.path("ldapi"), 0o777)
        return self

    # How to reach it. libldap takes "localhost" for the machine's own name when it checks a certificate.

    @property
    def host(self):
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def ldaps_host(self):
        return f"ldaps://127.0.0.1:{self.ldaps_port}"

    @property
    def ldapi(self):
        return "ldapi://" + self.path("ldapi").replace("/", "%2F")

    def url(self, filter_text, attributes="uid", scope="sub", base=PEOPLE, host=None):
        """An argument of CertMapLDAPURL in quotes."""
        text = f"{host or self.host}/{base}?{attributes}?{scope}?{filter_text}"
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def lines(self, filter_text, *more, mode="", **url):
        """The lines of a rule that asks it."""
        return "\n".join([f"CertMapLDAPURL {self.url(filter_text, **url)} {mode}", *more])

    # Entries

    def _change(self, text):
        self._run("ldapmodify", "-x", "-H", self.ldapi, "-D", ADMINISTRATOR, "-w", SECRET, text=text)

    def add(self, dn, attributes):
        head, _, rest = ldif(dn, attributes).partition("\n")
        self._change(f"{head}\nchangetype: add\n{rest}")

    def add_text(self, text):
        """LDIF without changetype, as for ldapadd."""
        self._run("ldapadd", "-x", "-H", self.ldapi, "-D", ADMINISTRATOR, "-w", SECRET, text=text)

    def add_all(self, entries):
        for dn, attributes in entries.items():
            self.add(dn, attributes)

    def modify(self, dn, **attributes):
        text = ldif(dn, {}).rstrip("\n") + "\nchangetype: modify\n"
        for name, values in attributes.items():
            name = name.replace("_binary", ";binary")
            lines = "" if values is None else ldif("", {name: values}).partition("\n")[2].rstrip("\n") + "\n"
            text += f"replace: {name}\n{lines}-\n"
        self._change(text)

    def has(self, dn):
        search = [shutil.which("ldapsearch", path=PATH), "-x", "-LLL", "-H", self.ldapi, "-b", dn, "-s", "base", "1.1"]
        return subprocess.run(search, capture_output=True, check=False, env={**os.environ, "LDAPNOINIT": "1"}).returncode == 0

    def delete(self, dn):
        self._change(ldif(dn, {}).rstrip("\n") + "\nchangetype: delete\n")

    # Its log

    def log(self):
        try:
            with open(self.path("log"), "rb") as file:
                return file.read().decode("utf-8", "backslashreplace")
        except FileNotFoundError:
            return ""

    def watch(self):
        return DirectoryWatch(self)

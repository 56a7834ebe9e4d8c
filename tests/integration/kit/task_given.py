"""What a page of docs/tasks/ takes for granted and says so: files of somebody else, and servers beside httpd.

GIVEN: the page → context managers, called with the TaskMachine and pki.Pki before httpd starts.
try_page(page, pki) runs a task_page.Page with what is given for it, and for the pages where it goes on.
"""

import contextlib
import os
import shutil

import pytest

from connect_proxy import ConnectProxy
from dev_log import Journald
from directory import PROVIDER, PEOPLE, SECRET, Slapd, person
from httpd_setup import module_folder, server_user
from php_fpm import PhpFpm, php_fpm
from ports import free_ports
from task_machine import TaskMachine
from stores import Redis
from task_page import run
from watch import wait_for

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


# ssh HOST systemctl stop SERVICE: nothing else is done on other machines. The service has ended when it returns.
SSH = """\
#!/bin/sh
stop() {{
    kill "$1"
    while grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; do sleep 0.05; done
}}
case "$*" in
{cases}*) echo "there is no $*" >&2; exit 1 ;;
esac
"""


@contextlib.contextmanager
def replicas_and_redis(machine, pki):
    """ldap1.example.com with alice, bob and carol, its replica ldap2, and redis.example.com."""
    with (Slapd(pki, {**person("alice"), **person("bob"), **person("carol")}, modules=["syncprov"], database=PROVIDER) as first,
          Slapd(pki, of=first) as second, Redis() as redis):
        wait_for(lambda: second.has(f"uid=carol,{PEOPLE}"), "carol in the replica")
        machine.places |= {"ldaps://ldap1.example.com ldap2.example.com": f"{first.ldaps_host} {second.ldaps_host.partition('//')[2]}",
                           "redis.example.com:6379": redis.address}
        machine.httpd.write("etc/certmap/ldap-ca.pem", pki.root.pem)
        services = {"ldap1": ("slapd", first), "ldap2": ("slapd", second), "redis": ("redis-server", redis)}
        machine.httpd.write("bin/ssh", SSH.format(cases="".join(
            f'"{host}.example.com systemctl stop {name}") stop {server.pid} ;;\n' for host, (name, server) in services.items())), mode=0o755)
        yield


GIT_BACKEND = "/usr/lib/git-core/git-http-backend"
BY_PROXY = {
    "git": 'unset GIT_SSL_CAINFO\nexec "{program}" -c http.proxy=http://127.0.0.1:{port} "$@"\n',
    "svn": 'exec "{program}" --non-interactive --config-option servers:global:http-proxy-host=127.0.0.1 '
           '--config-option servers:global:http-proxy-port={port} "$@"\n'}
# Debian's is in /var/run/apache2, which is not there before the system's own httpd was started.
SOCKETS = "<IfModule wsgi_module>\nWSGISocketPrefix {}\n</IfModule>\n"


def need_applications():
    found = {name: shutil.which(name) for name in ("svn", "svnadmin", "git")}
    for name in ("dav_svn", "authz_svn", "dav_fs", "wsgi", "proxy_fcgi"):
        found["mod_" + name] = os.path.exists(os.path.join(module_folder(), f"mod_{name}.so"))
    found |= {"php-fpm": php_fpm(), GIT_BACKEND: os.path.exists(GIT_BACKEND), "root, who gives files away": server_user()}
    if missing := [name for name, there in found.items() if not there]:
        pytest.skip(f"not on this system: {', '.join(missing)}")


@contextlib.contextmanager
def applications(machine, _pki):
    """Subversion, git, mod_wsgi and PHP are installed, php-fpm runs, and git and svn find www.example.com, by a proxy."""
    need_applications()
    with PhpFpm() as php, ConnectProxy(machine.ports) as proxy:
        machine.places |= {"/run/php/php-fpm.sock": php.socket, "/srv/": machine.httpd.path("srv/"),
                           "www-data:": server_user().pw_name + ":"}
        for name, text in BY_PROXY.items():
            machine.httpd.write(f"bin/{name}", "#!/bin/sh\n" + text.format(program=shutil.which(name), port=proxy.port), mode=0o755)
        machine.httpd.write("etc/conf-enabled/sockets.conf", SOCKETS.format(machine.httpd.path("run/wsgi")))
        yield


@contextlib.contextmanager
def promtool(_machine, _pki):
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    yield


@contextlib.contextmanager
def port_of_ocsp(machine, _pki):
    """Port 2560 of ocsp.example.com, where the page starts a responder, is one of this machine."""
    port = free_ports(1)[0]
    machine.places |= {"-port 2560": f"-port {port}", "ocsp.example.com:2560": f"127.0.0.1:{port}"}
    yield


@contextlib.contextmanager
def journald(machine, _pki):
    """systemd-journald reads /dev/log, as where systemd runs."""
    with Journald() as journal:
        machine.httpd.write("bin/journalctl", f'#!/bin/sh\nexec "{shutil.which("journalctl")}" --namespace={journal.namespace} "$@"\n', mode=0o755)
        yield


GIVEN = {"from-ldap-modules.md": [directory], "applications.md": [applications],
         "several-machines.md": [replicas_and_redis],
         "audit-log.md": [journald], "revocation.md": [port_of_ocsp], "prometheus.md": [promtool]}


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

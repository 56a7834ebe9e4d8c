"""A machine as a reader of docs/tasks/ has it: Debian's folders and modules, mod_certmap not loaded yet, no site.

    with TaskMachine(pki) as machine:
        machine.write("/etc/apache2/sites-enabled/www.conf", text)     from the page: translated
        machine.run("curl https://www.example.com/")                  bash -e: (status, output), as the page would show it
        machine.say_what_is_wrong("apache", lines)                    by apachectl configtest; "certmap": by certmapctl lint
        machine.home                                                  the folder where a reader's terminal starts
        machine.places["ldaps://ldap.example.com"] = directory.ldaps_host     what else stands for something here
        machine.environment["LDAPTLS_CACERT"] = path                  of the commands

Folders, ports and host names of a page are those of a real machine, and stand for others here: FOLDERS, PORTS; curl
is led to them by its --connect-to, so addresses and names stay. A `cd` holds for the blocks behind it.
"""

import os
import re
import shutil
import subprocess

from certmapctl import program
from httpd_setup import httpd_program, load_lines, module_folder, module_path, process_lines, server_user
from ports import free_ports
from server import Httpd

FOLDERS = {"/var/log/apache2": "logs", "/var/lib/certmap-crl": "crl", "/var/log/certmap": "audit",
           "/var/lib/certmap": "lib", "/var/www": "www", "/etc/apache2": "etc"}
PORTS = ("443", "80", "8443")
# What a new Debian has on, or built in.
MODULES = ("access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex deflate dir env "
           "filter log_config mime negotiation reqtimeout setenvif status unixd watchdog").split()
# Those that a2enmod enables besides.
DEPENDS = {"certmap": "ssl", "ssl": "socache_shmcb", "proxy_http": "proxy", "proxy_fcgi": "proxy", "dav_svn": "dav", "dav_fs": "dav",
           "authnz_ldap": "ldap", "auth_form": "request session", "session_cookie": "session"}
# What a distribution's httpd.conf has, as far as pages rely on it. Debian's LogLevel.
BARE = """\
ServerRoot "{root}/etc"
DefaultRuntimeDir ../run
PidFile ../run/httpd.pid
ServerName localhost
{listen}
{modules}
{processes}
{user}
LogLevel warn
ErrorLog ../logs/error.log
LogFormat "%h %u %r %>s" common
CustomLog ../logs/access.log common
DocumentRoot "{root}/www/html"
TypesConfig /dev/null
AddType text/html .html
DirectoryIndex index.html
<Directory "{root}">
    AllowOverride None
    Require all granted
</Directory>
IncludeOptional conf-enabled/*.conf
IncludeOptional sites-enabled/*.conf
"""
RESTART = r"""
started() {{ grep -c "resuming normal operations" "{root}/logs/error.log"; }}
pid=$(cat "{root}/run/httpd.pid"); old=$(cat "/proc/$pid/task/$pid/children")
before=$(started)
LD_PRELOAD=$CERTMAP_PRELOAD "{httpd}" -f "{conf}" "$@" || exit
case "$*" in *graceful*|*restart*) ;; *) exit 0 ;; esac
for _ in $(seq 300); do
    [ "$(started)" -gt "$before" ] && break
    [ -e "/proc/$pid" ] || exit 1
    sleep 0.05
done
# Children of the old generation end when they are idle; a new connection is not for them.
for _ in $(seq 30); do
    left=
    for child in $old; do [ ! -e "/proc/$child" ] || left=$child; done
    [ "$left" ] || break
    sleep 0.05
done
"""
COMMANDS = {
    "certmapctl": 'exec "{certmapctl}" "$@"\n',
    "curl": 'exec "{curl}" {connect} "$@"\n',
    # As server.py does: a module with a sanitizer needs its library before httpd.
    "apachectl": 'case $1 in -*) ;; configtest) set -- -t ;; *) set -- -k "$@" ;; esac\n' + RESTART,
}
COMMANDS["apache2ctl"] = COMMANDS["apachectl"]
COMMANDS["a2enmod"] = r"""
one() {{
    case $1 in {depends} esac
    file={modules}/mod_$1.so
    [ "$1" != certmap ] || file={certmap}
    grep -qs "LoadModule $1_module" "{conf}" "{root}"/etc/conf-enabled/*.conf || [ ! -e "$file" ] ||
        echo "LoadModule $1_module $file" >> "{root}/etc/conf-enabled/0-modules.conf"
}}
for name; do one "$name"; done
"""
COMMANDS["a2dismod"] = """sed -i "/LoadModule $1_module/d" "{root}"/etc/conf-enabled/0-modules.conf\n"""


class TaskMachine:
    def __init__(self, pki):
        self.httpd = Httpd(pki, audit="")
        self.root = self.httpd.root
        self.environment = {}
        self.ports = dict(zip(PORTS, [self.httpd.port, self.httpd.plain_port, *free_ports(len(PORTS) - 2)]))
        self.places = {folder: self.httpd.path(here) for folder, here in FOLDERS.items()}
        self.places["-o www-data "] = f"-o {server_user().pw_name if server_user() else os.geteuid()} "
        self.places["-g www-data "] = f"-g {server_user().pw_gid if server_user() else os.getegid()} "
        for folder in ("etc/sites-enabled", "etc/conf-enabled", "etc/certmap", "audit", "lib", "www/html", "home"):
            os.makedirs(self.httpd.path(folder))
        self.home = self.httpd.path("home")
        self.httpd.write("www/html/index.html", "It works.\n")
        self.httpd.conf = self.httpd.write("etc/apache2.conf", BARE.format(
            root=self.root, listen="\n".join(f"Listen 127.0.0.1:{self.ports[each]}" for each in ("443", "80")),
            modules=load_lines(self.httpd.mpm, MODULES, False),
            processes=process_lines(self.httpd.mpm, 1), user=self._user()))
        self._write_commands()
        self._folder = self.httpd.write("run/folder", self.home)

    @staticmethod
    def _user():
        return f"User {server_user().pw_name}\nGroup {server_user().pw_name}" if server_user() else ""

    def _write_commands(self):
        connect = " ".join(f"--connect-to :{port}:127.0.0.1:{here}" for port, here in self.ports.items())
        depends = "".join(f"{name}) for each in {more}; do one $each; set -- {name}; done ;; " for name, more in DEPENDS.items())
        for name, text in COMMANDS.items():
            self.httpd.write(f"bin/{name}", "#!/bin/sh\n" + text.format(
                certmapctl=program(), connect=connect, httpd=httpd_program(), conf=self.httpd.conf, root=self.root, curl=shutil.which("curl"),
                modules=module_folder(), certmap=module_path(), depends=depends), mode=0o755)

    def __enter__(self):
        self.httpd.start()
        return self

    def __exit__(self, kind, *_):
        self.httpd.stop(check=kind is None)

    def here(self, text):
        for place, here in self.places.items():
            text = text.replace(place, here)
        for port, here in self.ports.items():
            text = re.sub(rf"(\*:|^Listen ){port}\b", lambda found, to=here: f"{found[1].replace('Listen ', 'Listen 127.0.0.1:')}{to}",
                          text, flags=re.M)
        return text

    def there(self, text):
        for place, here in self.places.items():
            text = text.replace(here, place)
        for port, here in self.ports.items():
            text = re.sub(rf":{here}\b", f":{port}", text)
        return text

    def write(self, name, text):
        path = os.path.join(self.httpd.read("run/folder").strip(), self.here(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.httpd.write(path, self.here(text))

    def run(self, text):
        keep = f'cd "$(cat {self._folder})"\ntrap \'pwd > {self._folder}\' EXIT\n'
        run = subprocess.run(["bash", "-ec", keep + self.here(text)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=120, check=False, env={
                                 **os.environ, **self.environment, "HOME": self.home, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
                                 "PATH": f"{self.httpd.path('bin')}:{os.environ['PATH']}:/usr/sbin"})
        return run.returncode, self.there(run.stdout.decode())

    def say_what_is_wrong(self, language, lines):
        if language == "certmap":
            self.httpd.write("etc/certmap/wrong.map", lines)
            return self.run("certmapctl lint /etc/apache2/certmap/wrong.map || true")
        wrong = self.httpd.write("etc/sites-enabled/wrong.conf", self.here(lines))
        try:
            return self.run("apachectl configtest || true")
        finally:
            os.remove(wrong)

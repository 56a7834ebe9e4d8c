"""The httpd of this system, and the text of a configuration for it."""

import functools
import grp
import os
import pwd
import re
import shutil
import subprocess

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
MODULES = ("ssl socache_shmcb authz_core authz_user authz_host authz_groupfile authn_core authn_file "
           "auth_basic cgi dir mime env setenvif alias headers rewrite include unique_id status http2 "
           "watchdog log_config unixd").split()

HTTPD_CONF = """\
Define ROOT {root}
Define PORT {port}
Define PLAIN_PORT {plain_port}
ServerRoot "{root}"
DefaultRuntimeDir run
PidFile run/httpd.pid
ServerName localhost
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{plain_port}
{modules}
{user}
{processes}
LogLevel {log_level}
ErrorLog logs/error.log
LogFormat "%U\\t%<s\\t%>s\\t%<{{certmap-reason}}n\\t%>{{certmap-reason}}n\\t%u\\t%{{UNIQUE_ID}}e" tests
CustomLog logs/access.log tests
DocumentRoot "{root}/htdocs"
ScriptAlias /cgi/ "{root}/cgi/"
TypesConfig /dev/null
AddType text/html .html
AddType text/html .shtml
DirectoryIndex index.html
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
SSLVerifyDepth 5
SSLSessionCache shmcb:{root}/run/ssl(512000)
<Directory "{root}">
    Options +FollowSymLinks +ExecCGI
    AllowOverride None
    Require all granted
</Directory>
{main}
<VirtualHost 127.0.0.1:{plain_port}>
    ServerName localhost
{plain}
</VirtualHost>
<VirtualHost 127.0.0.1:{port}>
    ServerName localhost
    SSLEngine on
    SSLCertificateFile conf/server.pem
    SSLCACertificateFile conf/client-cas.pem
    SSLVerifyClient {verify}
{audit}
{vhost}
{location}
</VirtualHost>
{after}
"""


def user_file(*users):
    """An AuthUserFile in which everyone's password is "password"."""
    return "".join(f"{user}:{{SHA}}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n" for user in users)


AUDIT = "CertMapAuditLog logs/audit.log"


def virtual_host(name, *lines, verify="optional", ca="client-cas", port="${PORT}", engine="on"):
    """One more, NAME.example.test, for `after=`."""
    more = "\n    ".join(lines)
    return f"""
<VirtualHost 127.0.0.1:{port}>
    ServerName {name}.example.test
    SSLEngine {engine}
    SSLCertificateFile conf/server.pem
    SSLCACertificateFile conf/{ca}.pem
    SSLVerifyClient {verify}
    {more}
</VirtualHost>
"""


@functools.lru_cache(None)
def _apxs(name):
    return subprocess.run([os.environ.get("APXS", "apxs"), "-q", name], capture_output=True,
                          text=True, check=True).stdout.strip()


@functools.lru_cache(None)
def httpd_program():
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    names = (os.environ.get("CERTMAP_HTTPD"), os.path.join(_apxs("SBINDIR"), _apxs("PROGNAME")),
             "apache2", "httpd")
    return next(found for name in names if name and (found := shutil.which(name, path=path)))


@functools.lru_cache(None)
def _static_modules():
    listing = subprocess.run([httpd_program(), "-l"], capture_output=True, text=True, check=True)
    return {name.removeprefix("mod_") for name in re.findall(r"(\w+)\.c", listing.stdout)}


@functools.lru_cache(None)
def server_user():
    if os.geteuid() != 0:
        return None
    for name in ("www-data", "apache", "daemon", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    return None


def module_path():
    return os.environ.get("CERTMAP_MODULE") or os.path.join(TREE, "build", "mod_certmap.so")


def module_folder():
    return _apxs("LIBEXECDIR")


def load_lines(mpm, names, certmap):
    folder = module_folder()
    lines = []
    for name in (f"mpm_{mpm}", *names):
        file = os.path.join(folder, f"mod_{name}.so")
        if name not in _static_modules() and os.path.exists(file):
            lines.append(f'LoadModule {name}_module "{file}"')
    if certmap:
        lines.insert(0 if certmap == "first" else len(lines),
                     f'LoadModule certmap_module "{module_path()}"')
    return "\n".join(lines)


def process_lines(mpm, processes):
    if mpm == "prefork":
        return (f"StartServers {processes + 2}\nMinSpareServers 1\nMaxSpareServers 20\n"
                "ServerLimit 20\nMaxRequestWorkers 20")
    return (f"StartServers {processes}\nServerLimit {processes + 6}\nThreadsPerChild 12\n"
            f"MaxRequestWorkers {12 * (processes + 6)}\nMinSpareThreads 1\n"
            f"MaxSpareThreads {12 * (processes + 6)}")


def configuration(mpm, modules, certmap, processes, *, location, **texts):
    user = server_user()
    return HTTPD_CONF.format(
        modules=load_lines(mpm, modules, certmap), processes=process_lines(mpm, processes),
        user=f"User {user.pw_name}\nGroup {grp.getgrgid(user.pw_gid).gr_name}" if user else "",
        location=f'<Location "/">\n{location}\n</Location>' if location else "", **texts)

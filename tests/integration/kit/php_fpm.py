"""A private php-fpm on a socket of its own, as httpd's user.

    with PhpFpm() as php:      php.socket
"""

import glob
import os
import pwd
import shutil

from daemon import Daemon
from httpd_setup import server_user

POOL = """\
[global]
daemonize = no
error_log = {folder}/log
[www]
listen = {socket}
listen.owner = {user}
user = {user}
pm = static
pm.max_children = 1
"""


def php_fpm():
    """Debian has its version in the name."""
    named = sorted(glob.glob("/usr/sbin/php-fpm*"))
    return shutil.which("php-fpm") or (named[-1] if named else None)


class PhpFpm(Daemon):
    def __init__(self):
        super().__init__("certmap-php-")
        os.chmod(self.folder, 0o755)
        self.socket = self.path("php.sock")
        with open(self.path("pool.conf"), "w", encoding="utf-8") as file:
            user = server_user() or pwd.getpwuid(os.geteuid())
            file.write(POOL.format(folder=self.folder, socket=self.socket, user=user.pw_name))

    def __enter__(self):
        return self.run([php_fpm(), "-n", "-y", self.path("pool.conf")], lambda: os.path.exists(self.socket))

    def __exit__(self, *_):
        self.remove()

"""Files for /etc/cron.d in conf/."""

from documents import read

INSTALLED = "/usr/local/bin"  # where "make install" puts certmapctl


def cron_line(path):
    """(when, user, command) of the only job, which finds what was installed: cron's own PATH is /usr/bin:/bin."""
    search, line = [line for line in read(path).splitlines() if line and not line.startswith("#")]
    assert INSTALLED in search.removeprefix("PATH=").split(":"), search
    *when, user, command = line.split(None, 6)
    assert "%" not in command  # a line break, for cron
    return " ".join(when), user, command

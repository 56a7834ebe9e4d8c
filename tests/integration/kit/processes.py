"""What processes have: open files, memory, sockets that listen. Others come and go meanwhile."""

import glob
import os

from watch import wait_for


def descriptors(pid):
    """What its descriptors lead to, but for those that were closed while we looked."""
    links = []
    for path in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            links.append(os.readlink(path))
        except FileNotFoundError:
            pass
    return links


def settled(pid, count):
    """The same, as soon as there are this many at most: httpd opens some for a moment only."""
    wait_for(lambda: len(descriptors(pid)) <= count, f"{count} descriptors")
    return descriptors(pid)


def own_memory(*pids):
    """KiB that these have of their own, all together."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            total += int(next(line for line in file if line.startswith("RssAnon")).split()[1])
    return total


def _mapped(pid):
    """The names in /dev/shm that it has mapped."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
            return {line.split("/dev/shm/", 1)[1].strip() for line in file if "/dev/shm/" in line}
    except OSError:  # ended, or not ours to look at
        return set()


def abandoned_memory():
    """Shared memory that no process has mapped: names in /dev/shm, numbers of System V."""
    names = set(os.listdir("/dev/shm"))
    names.difference_update(*map(_mapped, filter(str.isdigit, os.listdir("/proc"))))
    with open("/proc/sysvipc/shm", encoding="ascii") as file:
        head, *segments = map(str.split, file)
    number, users = head.index("shmid"), head.index("nattch")
    return names | {segment[number] for segment in segments if segment[users] == "0"}


def listening():
    """The TCP ports (IPv4) and paths that connections can be made to, found without making one."""
    with open("/proc/net/tcp", encoding="ascii") as tcp, open("/proc/net/unix", encoding="utf-8") as unix:
        ports = [fields[1] for fields in map(str.split, tcp) if fields[3] == "0A"]
        paths = [fields for fields in map(str.split, unix) if len(fields) == 8 and fields[3] == "00010000"]
    return {int(port.rpartition(":")[2], 16) for port in ports} | {fields[7] for fields in paths}

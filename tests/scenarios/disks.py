"""Small disks for those who run out of them. They are mounted where only this process and what it starts can see them, so
they are gone with it, however it ends."""

import ctypes
import os
import subprocess
import unittest
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
_own_mounts = False


def _mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise unittest.SkipTest(f"mount {' '.join(map(str, arguments))}: {done.stderr.strip()}")


def _keep_mounts_to_ourselves():
    """Before any mount: the process moves into a mount namespace of its own. Skips the test where that is not allowed."""
    global _own_mounts
    if _own_mounts:
        return
    if _libc.unshare(_NEW_MOUNTS) != 0:
        raise unittest.SkipTest(f"mounting needs root: unshare: {os.strerror(ctypes.get_errno())}")
    _mount("--make-rprivate", "/")
    _own_mounts = True


class SmallDisk:
    """A file system of its own at `folder`, with `mebibytes` of room."""

    def __init__(self, folder, mebibytes):
        self.folder = Path(folder)
        _keep_mounts_to_ourselves()
        self.folder.mkdir(parents=True)
        _mount("-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "cartwheel-scenario", self.folder)

    def grow(self, mebibytes):
        _mount("-o", f"remount,size={mebibytes}m", self.folder)

    def free_bytes(self):
        room = os.statvfs(self.folder)
        return room.f_bavail * room.f_frsize

    def fill(self, leave=0):
        """Somebody's large file takes all room but `leave` bytes."""
        with open(self.folder / "somebodys-file", "ab") as file:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size + self.free_bytes() - leave)

    def clear(self):
        (self.folder / "somebodys-file").unlink()

    def close(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)


def mount_read_only(folder, where):
    """`folder` once more at `where`, not to be written. Returns what takes it away."""
    _keep_mounts_to_ourselves()
    Path(where).mkdir()
    _mount("--bind", folder, where)
    _mount("-o", "remount,ro,bind", where)
    return lambda: subprocess.run(["umount", "-l", str(where)], check=False)

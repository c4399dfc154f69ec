"""A disk of its own for the bot's data, which gets full, is freed, refuses every write, or becomes read-only."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZE_MIB = 16
FILLER = "filler"


class SmallDisk:
    """A mounted file system of a few MiB."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self) -> None:
        """Leave no room for anything."""
        with (self.place / FILLER).open("ab", buffering=0) as file:
            # To the last byte: a smaller step when the larger one does not fit any more.
            for step in (1 << 16, 1 << 12, 1):
                self._write(file.fileno(), step)

    @staticmethod
    def _write(handle: int, step: int) -> None:
        try:
            while os.write(handle, b"x" * step):
                pass
        except OSError:
            return

    def free(self) -> None:
        """Give the room back."""
        (self.place / FILLER).unlink()


@contextmanager
def small_disk(place: Path) -> Iterator[SmallDisk]:
    """A file system in memory, mounted at ``place``; skips the test where mounting is not allowed."""
    place.mkdir(parents=True, mode=0o700)
    _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m,mode=0700", "tmpfs", str(place))
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def failing_disk(place: Path, image: Path) -> Iterator[SmallDisk]:
    """A real ext4 that the kernel makes read-only on an error; skips the test where that cannot be had."""
    place.mkdir(parents=True, mode=0o700)
    with image.open("wb") as file:
        file.truncate(2 * SIZE_MIB << 20)
    _run("mkfs.ext4", "-q", str(image))
    disk = SmallDisk(place)
    mount(disk, image)
    try:
        if not _trigger(disk).exists():
            pytest.skip(reason="this kernel cannot be asked for an ext4 error")
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def mount(disk: SmallDisk, image: Path) -> None:
    """Mount it, so that an error makes it read-only as on a server."""
    _run("mount", "-o", "loop,errors=remount-ro", str(image), str(disk.place))


def unmount(disk: SmallDisk) -> None:
    """Take it away, as for a repair; nobody may be using it."""
    _run("umount", str(disk.place))


def break_down(disk: SmallDisk) -> None:
    """An error is found on it: from now on it can only be read."""
    os.sync()
    _trigger(disk).write_text("1", encoding="ascii")


def _trigger(disk: SmallDisk) -> Path:
    lines = (line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines())
    device = next(words[0] for words in lines if words[1] == str(disk.place))
    return Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error")


def _run(*command: str) -> None:
    if os.geteuid() != 0 or shutil.which(command[0]) is None:
        pytest.skip(reason=f"{command[0]} needs root")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(reason=f"{command[0]} is not possible here: {done.stderr.strip()}")


def refuse_writes(process: int) -> None:
    """From now on the kernel refuses everything a process writes into a file; no root needed."""
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))


def allow_writes(process: int) -> None:
    """Let it write again."""
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))

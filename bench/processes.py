"""Programs that a benchmark starts: until they are ready, what they use, and their end."""

import contextlib
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 15.0
TAIL_LINES = 20
"""Of the output of a program that did not get ready."""
IDLE_SECONDS, IDLE_ROUNDS, IDLE_SHARE = 5.0, 12, 0.05
"""A program is idle once it has used less than this share of a core for so long."""
_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Running:
    """A program that is ready; ``seconds`` passed from its start until it said so."""

    pid: int
    seconds: float

    def cpu_seconds(self) -> float:
        """Processor time since its start, in user and kernel mode (proc(5): utime, stime)."""
        # The name in front may hold blanks; it ends with the last parenthesis.
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_SECONDS

    def wait_until_idle(self) -> None:
        """Give it time for what a start still has to do behind its readiness; a minute at most."""
        for _ in range(IDLE_ROUNDS):
            before = self.cpu_seconds()
            time.sleep(IDLE_SECONDS)
            if self.cpu_seconds() - before < IDLE_SHARE * IDLE_SECONDS:
                return

    def resident_mib(self) -> float:
        """Memory that is in use now."""
        for line in Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"process {self.pid} has ended")


class NotReady(Exception):
    """A program ended before it was ready; the text is the end of its output."""


@contextlib.contextmanager
def process(command: Sequence[str], ready: bytes, environment: Mapping[str, str], folder: Path) -> Iterator[Running]:
    """A program that says ``ready`` in a line of its output, ended with the block.

    Raises:
        NotReady: it has not said so.
    """
    began = time.perf_counter()
    started = subprocess.Popen(
        command, env=dict(environment), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        tail: deque[bytes] = deque(maxlen=TAIL_LINES)
        output = started.stdout or ()
        if not any(ready in line for line in _kept(output, tail)):
            raise NotReady(b"".join(tail).decode(errors="replace"))
        running = Running(started.pid, time.perf_counter() - began)
        # A pipe that nobody reads would stop the program once it is full.
        threading.Thread(target=deque, args=(output, 0), daemon=True).start()
        yield running
    finally:
        started.terminate()
        try:
            started.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def _kept(lines: "Iterator[bytes] | Sequence[bytes]", tail: deque[bytes]) -> Iterator[bytes]:
    for line in lines:
        tail.append(line)
        yield line

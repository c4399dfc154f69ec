"""An environment for each peer: ombot must not decide which versions a peer gets, and the other way round."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path("build/bench")
PROGRAMS = Path(__file__).parent / "peers"
SECONDS = 600.0


class NotInstallable(Exception):
    """A peer's packages cannot be had here; the text is the reason in one line."""


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, made from ``peers/<peer>.txt`` unless it is there already.

    Raises:
        NotInstallable: a package does not exist, or does not build.
    """
    requirements = PROGRAMS / f"{peer}.txt"
    folder = (FOLDER / peer).resolve()
    mark, python = folder / ".installed", folder / "bin" / "python"
    wanted = requirements.read_text(encoding="utf-8")
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--quiet", "--python", str(python), "--requirement", str(requirements))
        mark.write_text(wanted, encoding="utf-8")
    return python


def _uv(*words: str) -> None:
    uv = Path(sys.executable).parent / "uv"
    done = subprocess.run([uv, *words], capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode:
        raise NotInstallable(_reason(done.stderr))


def _reason(output: str) -> str:
    lines = [line.strip(" ×│╰─▶") for line in output.splitlines() if line.strip()]
    return next((line for line in lines if line), "no reason given")[:200]

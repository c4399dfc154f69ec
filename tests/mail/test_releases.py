"""Consent to single fields of a profile by the link in a letter: with its day, confirmed, and taken back as easily."""

import re

import pytest
from postbox import Post, link, part
from testbot import user

from ombot.features.mailing.tables import MailAddress, MailLink
from ombot.features.people.tables import Profile
from ombot.store.tables import History

ASK = "!email freigaben"


def levels(post: Post) -> dict[str, tuple[str, str]]:
    """Field → level and day of Eva's consents."""
    (profile,) = [row for row in post.bot.table(Profile) if row.user_id == user("eva")]
    return {field: (one["level"], one["since"]) for field, one in profile.visibility.items()}


async def agrees(post: Post, name: str) -> None:
    """A member enters an address and agrees to letters."""
    post.bot.send(f"!email {name}@example.org", as_=name, room="dm")
    await post.press(link(await post.letter(), "Zustimmen"))


@pytest.mark.asyncio
async def test_fields_are_released_one_by_one_and_taken_back(post_everywhere: Post) -> None:
    post, bot = post_everywhere, post_everywhere.bot
    await agrees(post, "eva")
    bot.send("!steckbrief sichtbar kreis Einrichtung", room="dm")
    bot.later(days=4)
    (said,) = bot.send(f"{ASK} eva", as_="kai", room="office")
    assert said.text.startswith("Die Frage, wer den Steckbrief sehen darf, geht per E-Mail an: Eva Beispiel.")
    letter = await post.letter()
    assert letter["Subject"] == "Wer darf Ihren Steckbrief sehen? – Offensive Mittelstand"
    assert "zurücknehmen: https" not in part(letter, "text/plain")
    path = link(letter, "Felder freigeben oder zurücknehmen")
    status, shown = await post.look(path)
    assert status == 200
    assert re.findall("<legend>(.*?)</legend>", shown) == [
        "Funktion: Referentin (bisher: nur Ihre AGs)",
        "Einrichtung: BG RCI (bisher: alle Mitglieder des Kreises, seit Do., 26.11.2026)",
    ]
    assert re.findall('name="(.*?)" value="(.*?)" required checked>', shown) == [
        ("function", "ag"),
        ("institution", "kreis"),
    ]
    for form in ({}, {"function": "online"}, {"function": "alle", "institution": "ag"}):
        _, again = await post.press(path, **form)
        assert "Bitte wählen Sie zu jeder Frage eine Antwort." in again
    assert levels(post) == {"institution": ("kreis", "2026-11-26")}

    status, done = await post.press(path, function="online", institution="kreis", photo="online", name="online")
    assert (status, "Funktion: alle, auch im öffentlichen Verzeichnis, seit Mo., 30.11.2026" in done) == (200, True)
    assert levels(post) == {"institution": ("kreis", "2026-11-26"), "function": ("online", "2026-11-30")}
    assert [row.actor for row in bot.table(History) if row.subject == "profile"][-1] == (
        "Eva Beispiel (per E-Mail-Link)"
    )
    confirmed = await post.letter()
    assert "Funktion: alle, auch im öffentlichen Verzeichnis" in part(confirmed, "text/plain")
    assert confirmed["To"] == "eva@example.org"

    bot.send("!steckbrief sichtbar ag Funktion", room="dm")
    for answer in (await post.look(path), await post.press(path, function="online", institution="online")):
        assert (answer[0], "Das ist schon erledigt" in answer[1]) == (200, True)
        assert "Funktion: nur Ihre AGs, seit Mo., 30.11.2026" in answer[1]

    recall = link(confirmed, "Freigaben meines Steckbriefs zurücknehmen")
    assert "Einrichtung: BG RCI" in (await post.look(recall))[1]
    assert levels(post)["institution"] == ("kreis", "2026-11-26")
    _, done = await post.press(recall)
    assert "Ihre Freigaben sind zurückgenommen" in done
    assert levels(post) == {"institution": ("ag", "2026-11-30"), "function": ("ag", "2026-11-30")}
    bot.send(f"{ASK} Eva Beispiel", as_="kai", room="office")
    last = await post.letter()
    assert "Freigaben meines Steckbriefs" not in part(last, "text/plain")
    bot.later(days=15)
    for status, shown in (await post.look(link(last, "Felder freigeben oder zurücknehmen")), await post.press(path)):
        assert (status, "Dieser Link ist abgelaufen" in shown) == (410, True)


@pytest.mark.asyncio
async def test_who_is_asked_and_who_may_ask(post: Post) -> None:
    bot = post.bot
    for as_, room, text, answer in (
        ("eva", "beratung", ASK, "„!email“ geht nur im Koordinationsraum"),
        ("ute", "office", ASK, "Das darf nur die Koordination."),
        ("kai", "office", ASK, "Dafür finde ich niemanden: Nötig sind ein Steckbrief und die Zustimmung"),
    ):
        (said,) = bot.send(text, as_=as_, room=room)
        assert said.text.startswith(answer), text
    await post.consent()  # an institution has no profile of a person
    await agrees(post, "eva")
    await agrees(post, "ida")  # nothing is known of her
    (said,) = bot.send(ASK, as_="kai", room="office")
    assert said.text.splitlines()[0].endswith("geht per E-Mail an: Eva Beispiel.")
    path = link(await post.letter(), "Felder freigeben oder zurücknehmen")
    with bot.store.unit() as session:
        for number in range(6):
            who = user(f"gast{number}")
            session.add(Profile(user_id=who, name=f"Gast {number}", function="Gast"))
            session.add(MailAddress(address=who[1:], user_id=who, asked_by=who, asked_at=bot.now, consented_at=bot.now))
    (asked,) = bot.send(ASK, as_="kai", room="office")
    assert asked.text.startswith("Das schreibt 7 Personen persönlich an")
    bot.reply(asked, "nein", as_="kai", room="office")
    assert await post.letters() == []
    (said,) = bot.send(f"{ASK} Gast", as_="kai", room="office")
    assert said.text.startswith("„Gast“ passt auf mehrere Personen.")
    bot.send("!email aus", room="dm")
    assert (await post.press(path, function="online", institution="online"))[0] == 410
    assert [row.purpose for row in bot.table(MailLink) if row.purpose == "profile"] == []
    assert levels(post) == {}

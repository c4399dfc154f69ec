"""A profile question by question, its photo, and the profiles of institutions."""

import base64
import io
from typing import Any

from PIL import Image
from testbot import TestBot, user

from ombot.documents.pictures import NoPortrait, portrait
from ombot.exchange.render import Renderer
from ombot.exchange.whole import whole
from ombot.features.people import queries
from ombot.features.people.tables import InstitutionProfile, Profile, ProfileDraft, ProfilePhoto
from ombot.store.files import FileStore
from ombot.store.tables import Outbox


def jpeg(side: int = 300) -> bytes:
    """A picture file."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), "blue").save(out, "JPEG")
    return out.getvalue()


def picture(data: bytes) -> dict[str, Any]:
    """The content of a picture message as the program completes it before the bot's turn."""
    found: dict[str, Any] = {"event_id": "", "sender": "", "body": "", "file": None, "problem": None}
    try:
        found["picture"] = portrait(data).as_json()
    except NoPortrait as problem:
        found["problem"] = problem.code
    return {"msgtype": "m.image", "file": {"url": "mxc://a/b"}, "replied": found}


def test_a_profile_is_asked_for_step_by_step_and_can_wait(bot: TestBot) -> None:
    def say(text: str) -> str:
        return bot.send(text, as_="ida", room="dm")[0].text

    assert say("steckbrief ausfüllen").startswith("Schritt 1 von 5: Wie heißen Sie? „weiter“ lässt das Feld leer")
    assert say("Ida Probe").startswith("Schritt 2 von 5: Was ist Ihre Funktion")
    assert say("x" * 201).startswith("„Funktion“ ist zu lang, erlaubt sind 200 Zeichen.")
    assert say("Referentin <b>http://example.org</b>").startswith("Schritt 3 von 5: Zu welcher Einrichtung")
    bot.later(days=20)
    assert say("weiter").startswith("Schritt 3 von 5")
    assert say("RKW").startswith("Schritt 4 von 5")
    assert say(", ".join(f"K{number}" for number in range(31))).startswith("Das sind 31 Kompetenzen")
    assert say("Nachfolge, Recht").startswith("Schritt 5 von 5")
    assert say("-").startswith("So würde ich Ihren Steckbrief speichern. Name: Ida Probe")
    assert [row.user_id for row in bot.table(ProfileDraft)] == [user("ida")]
    (stored,) = bot.send("ja", as_="ida", room="dm")
    assert stored.text.splitlines()[0] == "Gespeichert: Ihr Steckbrief"
    assert "Ein Foto dazu?" in stored.text
    assert "&lt;b&gt;" in stored.html
    assert bot.table(ProfileDraft) == []
    profile = next(row for row in bot.table(Profile) if row.user_id == user("ida"))
    assert (profile.function, profile.competences, profile.offer) == (
        "Referentin <b>http://example.org</b>",
        ["Nachfolge", "Recht"],
        None,
    )
    assert "Bisher: „Ida Probe“." in say("steckbrief ausfüllen")
    assert say("weiter").startswith("Schritt 2 von 5")
    assert say("abbrechen").startswith("Abgebrochen.")
    assert bot.table(ProfileDraft) == []
    assert say("weiter").startswith("Es ist nichts angefangen.")


def test_the_institution_of_the_office_is_not_asked_for(bot: TestBot) -> None:
    asked = [bot.send(text, as_="eva", room="dm")[0].text for text in ("steckbrief ausfüllen", "Eva", "weiter")]
    assert [text[:15] for text in asked] == ["Schritt 1 von 4", "Schritt 2 von 4", "Schritt 3 von 4"]
    assert "Was können Sie gut?" in asked[2]


def test_a_photo_is_shown_before_it_is_kept_and_goes_at_once(bot: TestBot, tmp_path: Any) -> None:
    bot.send("!steckbrief\nIda\n-\n-\nRecht\n-", as_="ida", room="dm")
    bot.send("ja", as_="ida", room="dm")
    question, preview = bot.send("bild.jpg", as_="ida", room="dm", **picture(jpeg()))
    assert question.text.startswith("So sieht Ihr Foto bei mir aus")
    content = preview.row.content
    assert (content["name"], content["mimetype"]) == ("foto.jpg", "image/jpeg")
    document = content["document"]
    shown = Renderer(FileStore(tmp_path))(document["kind"], document["format"], document["data"]).data
    assert Image.open(io.BytesIO(shown)).size == (300, 300)
    assert bot.table(ProfilePhoto) == []
    bot.send("ja", as_="ida", room="dm")
    (photo,) = bot.table(ProfilePhoto)
    assert base64.b64decode(photo.jpeg) == shown
    assert [said.row.kind for said in bot.send("!steckbrief @ida", as_="eva", room="sk")] == ["message"]

    (shared,) = bot.send("!steckbrief sichtbar online", as_="ida", room="dm")
    assert "Ihr Foto geben Sie eigens frei: !steckbrief sichtbar online Foto" in shared.text
    with bot.store.reading() as session:
        assert queries.released_photos(session) == {}
    bot.send("!steckbrief sichtbar online Foto", as_="ida", room="dm")
    assert [said.row.kind for said in bot.send("!steckbrief @ida", as_="eva", room="sk")] == ["message", "file"]
    with bot.store.reading() as session:
        assert list(queries.released_photos(session)) == [user("ida")]
    bot.send("!steckbrief sichtbar ag", as_="ida", room="dm")
    with bot.store.reading() as session:
        assert queries.released_photos(session) == {}
        assert queries.released_photos(session, "kreis") == {}
    (gone,) = bot.send("!steckbrief foto löschen", as_="ida", room="dm")
    assert gone.text.startswith("Gelöscht: Ihr Foto")
    assert bot.table(ProfilePhoto) == []


def test_what_is_no_photo_gets_one_sentence_and_elsewhere_silence(bot: TestBot) -> None:
    for data, sentence in (
        (b"\0" * 30_000_000, "Das Bild ist zu groß, erlaubt sind 15 MB. Bitte senden Sie eine kleinere Fassung."),
        (b"%PDF", "Das lässt sich nicht als Bild öffnen. Bitte senden Sie Ihr Foto als JPEG oder PNG."),
    ):
        assert [said.text for said in bot.send("bild.jpg", as_="ida", room="dm", **picture(data))] == [sentence]
    assert bot.send("!steckbrief foto", as_="ida", room="dm")[0].text.startswith("Bitte senden Sie mir Ihr Foto")
    assert bot.send("bild.jpg", as_="ida", room="transfer", **picture(jpeg())) == []
    assert bot.table(ProfilePhoto) == []


def test_an_institution_agrees_on_its_profile(bot: TestBot) -> None:
    with bot.store.unit() as session:
        number = queries.id_of(queries.ensure_institution(session, "itb"))
        session.add(Profile(user_id=user("ida"), institution_id=number))
    text = "!einrichtung profil\nFunktion: Forschung <i>und</i> Transfer\nAngebote: Sprechstunde\nfür kleine Betriebe"
    (empty,) = bot.send("!einrichtung profil", as_="jan", room="dm")
    assert empty.text.startswith("Für das Profil von itb fehlen die Zeilen.")
    (asked,) = bot.send(text, as_="jan", room="dm")
    assert "Angebote für kleine Betriebe: Sprechstunde\nfür kleine Betriebe" in asked.text
    assert "die anderen aus Ihrer Einrichtung (1)" in asked.text
    told, shown = bot.send("ja", as_="jan", room="dm")
    assert told.to == f"person:{user('ida')}"
    assert "Einverstanden? !einrichtung zustimmen" in told.text
    assert "Es fehlt die Zustimmung von: Ida Probe" in shown.text
    assert "Abgestimmt" not in bot.send("!einrichtung itb", as_="eva")[0].text
    assert bot.send("!einrichtung zustimmen itb", as_="eva")[0].text.startswith("Das Profil von itb schreiben nur")
    (agreed,) = bot.send("!einrichtung zustimmen", as_="ida", room="dm")
    assert agreed.text.splitlines()[0] == "Abgestimmt: Profil von itb"
    (seen,) = bot.send("!einrichtung itb", as_="eva")
    assert "Abgestimmt am Do., 26.11.2026." in seen.text
    assert "&lt;i&gt;" in seen.html
    assert "itb" in bot.send("!wer Sprechstunde", as_="eva", room="sk")[0].text
    with bot.store.reading() as session:
        exported = {one["name"]: one["profile"] for one in whole(session, bot.settings, bot.now)["institutions"]}
    assert exported["itb"].splitlines()[0] == "Funktion: Forschung <i>und</i> Transfer"

    bot.send("!einrichtung profil\nGrenzen: keine Rechtsberatung", as_="jan", room="dm")
    bot.send("ja", as_="jan", room="dm")
    assert "Grenzen" not in bot.send("!einrichtung itb", as_="eva")[0].text
    (recorded,) = bot.send("!einrichtung abgestimmt itb", as_="kai", room="office")
    assert "festgehalten von Kai Büro" in recorded.text
    bot.send("!einrichtung itb ist BG RCI", as_="kai", room="office")
    bot.send("ja", as_="kai", room="dm")
    refused = bot.send("!einrichtung profil\nSonstiges", as_="eva", room="dm")[0].text
    assert refused.startswith("„Sonstiges“ gehört zu keinem Feld.")


def test_erasing_takes_photo_and_draft(bot: TestBot) -> None:
    bot.send("bild.jpg", as_="ida", room="dm", **picture(jpeg()))
    bot.send("ja", as_="ida", room="dm")
    bot.send("steckbrief ausfüllen", as_="ida", room="dm")
    bot.send("!vergiss mich", as_="ida", room="dm")
    bot.send("ja", as_="ida", room="dm")
    assert (bot.table(ProfilePhoto), bot.table(ProfileDraft)) == ([], [])
    encoded = portrait(jpeg()).jpeg[:400]
    assert [row.id for row in bot.table(Outbox) if encoded in str(row.content)] == []
    assert bot.table(InstitutionProfile) == []

"""Profiles, who sees them, who is found by them, and institutions that turn out to be one."""

import pytest
from sqlalchemy import delete, event
from sqlmodel import select
from testbot import TestBot, user

from ombot.exchange.whole import whole
from ombot.features.decisions.tables import Entitlement, Participation, Transfer, Vote
from ombot.features.groups import queries as groups
from ombot.features.groups.rules import read_roster_line
from ombot.features.meetings.tables import Answer, Entitled, PollVote
from ombot.features.people import queries
from ombot.features.people.rules import alike, fitting, list_of, stems
from ombot.features.people.tables import Institution, Profile
from ombot.features.tasks.tables import Assignee
from ombot.store import search
from ombot.store.tables import SearchText

IDA = (
    "!steckbrief\nIda Probe\nReferentin für Fachkräfte\nRKW\nFördermittel, Nachfolgeplanung\n"
    "Sprechstunde für Kleinbetriebe"
)


def write(bot: TestBot, text: str = IDA, as_: str = "ida") -> str:
    """Store a profile from the direct chat; gives back the last answer."""
    (question,) = bot.send(text, as_=as_, room="dm")
    assert question.text.startswith("So würde ich Ihren Steckbrief speichern.")
    return bot.send("ja", as_=as_, room="dm")[0].text


def profile(bot: TestBot, name: str) -> Profile:
    """Somebody's stored profile."""
    return {one.user_id: one for one in bot.table(Profile)}[user(name)]


def names(bot: TestBot, kind: type, number: str) -> list[str]:
    """The institutions in a table by name."""
    with bot.store.reading() as session:
        known = {one.id: one.name for one in session.exec(select(Institution))}
        return sorted(known[getattr(row, number)] for row in session.exec(select(kind)))


# --- profiles ---------------------------------------------------------------------------------------------------


def test_a_profile_is_stored_after_its_preview(bot: TestBot) -> None:
    (question,) = bot.send(IDA, as_="ida", room="dm")
    assert question.text == (
        "So würde ich Ihren Steckbrief speichern. Name: Ida Probe · Funktion: Referentin für Fachkräfte · "
        "Einrichtung: RKW · Kompetenzen: Fördermittel, Nachfolgeplanung · Angebot: Sprechstunde für Kleinbetriebe. "
        "Die Einrichtung kenne ich noch nicht und lege sie neu an. Soll ich das speichern?\n"
        "Antworten Sie auf diese Nachricht mit „ja“ oder „nein“ (eine Stunde lang)."
    )
    assert [one for one in bot.table(Profile) if one.user_id == user("ida")] == []
    (said,) = bot.send("ja", as_="ida", room="dm")
    assert said.text.splitlines()[:3] == [
        "Gespeichert: Ihr Steckbrief",
        "• Name: Ida Probe (sichtbar: nur Ihre AGs)",
        "• Funktion: Referentin für Fachkräfte (sichtbar: nur Ihre AGs)",
    ]
    stored = profile(bot, "ida")
    assert (stored.name, stored.function, stored.offer) == (
        "Ida Probe",
        "Referentin für Fachkräfte",
        "Sprechstunde für Kleinbetriebe",
    )
    assert stored.competences == ["Fördermittel", "Nachfolgeplanung"]
    with bot.store.reading() as session:
        assert queries.institution_names(session)[user("ida")] == "RKW"


def test_no_stores_nothing(bot: TestBot) -> None:
    bot.send(IDA, as_="ida", room="dm")
    assert [said.text for said in bot.send("nein", as_="ida", room="dm")] == ["In Ordnung, es wurde nichts geändert."]
    assert [one for one in bot.table(Profile) if one.user_id == user("ida")] == []


def test_the_name_may_follow_the_word_and_lines_may_carry_their_names(bot: TestBot) -> None:
    write(bot, "!steckbrief Ida Probe\nFunktion: Referentin\n-\nKompetenzen: Recht\n–")
    stored = profile(bot, "ida")
    assert (stored.function, stored.institution_id, stored.competences, stored.offer) == (
        "Referentin",
        None,
        ["Recht"],
        None,
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("!steckbrief\nIda\nReferentin", "Ein Steckbrief hat fünf Zeilen, hier sind es 2."),
        ("!steckbrief\n1\n2\n3\n4\n5\n6", "Ein Steckbrief hat fünf Zeilen, hier sind es 6."),
        (f"!steckbrief\n{'x' * 201}\nb\nc\nd\ne", "„Name“ ist zu lang, erlaubt sind 200 Zeichen."),
        ("!steckbrief\nI\u202eda\nb\nc\nd\ne", "Der Text enthält unsichtbare Steuerzeichen."),
        (
            f"!steckbrief\na\nb\nc\n{','.join(map(str, range(31)))}\ne",
            "Das sind 31 Kompetenzen, erlaubt sind 30.",
        ),
        ("!steckbrief sichtbar kreis Schuhgröße", "„Schuhgröße“ ist kein Feld des Steckbriefs."),
        ("!steckbrief Eva", "So verstehe ich den Befehl nicht."),
    ],
)
def test_what_is_no_profile_is_refused(bot: TestBot, text: str, answer: str) -> None:
    (said,) = bot.send(text, as_="ida", room="dm")
    assert said.text.startswith(answer)


def test_links_and_markup_stay_text(bot: TestBot) -> None:
    write(bot, "!steckbrief\n<b>Ida</b>\n-\n-\n-\n[Klick](http://example.org) @room")
    (said,) = bot.send("!steckbrief", as_="ida", room="dm")
    assert "<b>Ida</b>" not in said.html
    assert "&lt;b&gt;Ida&lt;/b&gt;" in said.html
    assert said.mentions == []


def test_the_institution_of_the_office_stays(bot: TestBot) -> None:
    answer = write(bot, "!steckbrief\nEva Beispiel\nReferentin\nitb\nRecht\n-", as_="eva")
    assert "Ihre Einrichtung hat die Geschäftsstelle eingetragen: BG RCI." in answer
    with bot.store.reading() as session:
        assert queries.institution_names(session)[user("eva")] == "BG RCI"


def test_a_misspelt_institution_is_asked_about(bot: TestBot) -> None:
    (said,) = bot.send("!steckbrief\nIda\n-\nBundesstuerberaterkammer\n-\n-", as_="ida", room="dm")
    assert "meinten Sie „Bundessteuerberaterkammer“?" in said.text


def test_undo_takes_the_profile_and_its_words_back(bot: TestBot) -> None:
    write(bot)
    bot.send("!zurück", as_="ida", room="dm")
    assert [one for one in bot.table(Profile) if one.user_id == user("ida")] == []
    assert [one for one in bot.table(SearchText) if one.key == user("ida")] == []


# --- who sees what ----------------------------------------------------------------------------------------------


def test_a_profile_is_for_ones_working_groups_first(bot: TestBot) -> None:
    write(bot)
    (seen,) = bot.send("!steckbrief @ida", as_="jan", room="transfer")
    assert seen.text.splitlines() == [
        "Steckbrief: Ida Probe",
        "• Name: Ida Probe",
        "• Funktion: Referentin für Fachkräfte",
        "• Einrichtung: RKW",
        "• Kompetenzen: Fördermittel, Nachfolgeplanung",
        "• Angebot: Sprechstunde für Kleinbetriebe",
        "Wer zu einem Thema helfen kann: !wer <Stichwort>",
    ]
    for asker, room in (("eva", "sk"), ("eva", "plenum"), ("eva", "dm"), ("jan", "sk"), ("kai", "dm"), ("ida", "sk")):
        (said,) = bot.send("!steckbrief @ida", as_=asker, room=room)
        assert "Fördermittel" not in said.text, (asker, room)
        assert "Referentin" not in said.text, (asker, room)


def test_consent_by_field_is_dated_and_can_be_withdrawn(bot: TestBot) -> None:
    write(bot)
    (said,) = bot.send("!steckbrief sichtbar kreis Kompetenzen und Angebot", as_="ida", room="dm")
    assert said.text.splitlines()[1] == (
        "Ihr Steckbrief (Kompetenzen, Angebot) ist jetzt sichtbar für: alle Mitglieder des Kreises."
    )
    consent = {"level": "kreis", "since": "2026-11-26"}
    assert profile(bot, "ida").visibility == {"competences": consent, "offer": consent}
    (seen,) = bot.send("!steckbrief @ida", as_="eva", room="sk")
    assert seen.text.splitlines()[1:-1] == [
        "• Kompetenzen: Fördermittel, Nachfolgeplanung",
        "• Angebot: Sprechstunde für Kleinbetriebe",
    ]
    bot.later(days=1)
    bot.send("!steckbrief sichtbar kreis Kompetenzen", as_="ida", room="dm")
    assert profile(bot, "ida").visibility["competences"] == consent
    bot.send("!steckbrief sichtbar ag", as_="ida", room="dm")
    withdrawn = {"level": "ag", "since": "2026-11-27"}
    assert profile(bot, "ida").visibility == {"competences": withdrawn, "offer": withdrawn}
    (hidden,) = bot.send("!steckbrief @ida", as_="eva", room="sk")
    assert hidden.text.splitlines()[1] == "Hier ist kein Steckbrief zu sehen."


def test_who_has_no_profile_learns_how_to_write_one(bot: TestBot) -> None:
    (said,) = bot.send("!steckbrief", as_="ida", room="dm")
    assert said.text.splitlines() == [
        "Ihr Steckbrief",
        "Sie haben noch keinen Steckbrief.",
        "Schreiben oder ändern: Schritt für Schritt mit „steckbrief ausfüllen“ im Direktchat mit mir, oder auf einmal "
        "mit „!steckbrief“ und darunter fünf Zeilen: Name, Funktion, Einrichtung, Kompetenzen (mit Komma), Angebot. "
        "Freigeben: !steckbrief sichtbar kreis",
    ]


def test_the_export_has_competences_and_consent(bot: TestBot) -> None:
    write(bot)
    bot.send("!steckbrief sichtbar online Kompetenzen", as_="ida", room="dm")
    with bot.store.reading() as session:
        people = {one["id"]: one for one in whole(session, bot.settings, bot.now)["people"]}
    assert people[user("ida")] == {
        "id": user("ida"),
        "name": "Ida Probe",
        "institution": "RKW",
        "function": "Referentin für Fachkräfte",
        "competences": ["Fördermittel", "Nachfolgeplanung"],
        "visibility": {"competences": "online"},
    }


# --- who can help -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "Fördermittel",
        "foerdermitteln",
        "Nachfolgeplanungen",
        "Nachfolge",
        "Fördermitel",
        "Sprechstunden Kleinbetrieb",
        "RKW",
    ],
)
def test_people_are_found_by_stems_parts_and_in_spite_of_typing_errors(bot: TestBot, words: str) -> None:
    write(bot)
    (said,) = bot.send(f"!wer {words}", as_="jan", room="transfer")
    assert said.text.splitlines()[1].startswith("• Ida Probe (RKW)"), said.text


@pytest.mark.parametrize("words", ["Steuerrecht", "Fördermittel Steuerrecht", "Haus"])
def test_what_nobody_has_finds_nobody(bot: TestBot, words: str) -> None:
    write(bot)
    (said,) = bot.send(f"!wer {words}", as_="jan", room="transfer")
    assert said.text.startswith(f"Zu „{words}“ finde ich niemanden, dessen Steckbrief hier sichtbar ist.")


def test_what_cannot_be_looked_for_gets_one_sentence(bot: TestBot) -> None:
    write(bot)
    answers = [bot.send(text, as_="jan", room="transfer")[0] for text in ("!wer ?!", f"!wer {'x' * 201}", "!wer")]
    assert [said.text.split(".")[0] for said in answers] == [
        "Damit kann ich nicht suchen",
        "Das ist zu lang, erlaubt sind 200 Zeichen",
        "Wozu suchen Sie jemanden? Bitte antworten Sie mit einem Stichwort, zum Beispiel „Arbeitsschutz“",
    ]
    (said,) = bot.reply(answers[2], "Nachfolgeplanung", as_="jan", room="transfer")
    assert said.text.splitlines()[1].startswith("• Ida Probe")


def test_the_search_tells_nothing_that_is_not_visible_here(bot: TestBot) -> None:
    write(bot)
    (hidden,) = bot.send("!wer Fördermittel", as_="eva", room="sk")
    assert hidden.text.startswith("Zu „Fördermittel“ finde ich niemanden")
    bot.send("!steckbrief sichtbar kreis Kompetenzen", as_="ida", room="dm")
    (said,) = bot.send("!wer Fördermittel", as_="eva", room="sk")
    assert said.text.splitlines()[:2] == ["Wer kann helfen: Fördermittel", "• Ida Probe – Fördermittel"]
    assert said.mentions == []


def test_a_search_takes_a_constant_number_of_queries(bot: TestBot) -> None:
    counts = []
    for number in (1, 3):
        with bot.store.unit() as session:
            consent = {"offer": {"level": "kreis", "since": "2026-11-26"}}
            for name in ("ida", "kai", "ute")[:number]:
                session.merge(Profile(user_id=user(name), offer="Fördermittel", visibility=consent))
        seen: list[str] = []

        def note(_connection: object, _cursor: object, text: str, *_rest: object, seen: list[str] = seen) -> None:
            seen.append(text)

        event.listen(bot.store.engine, "before_cursor_execute", note)
        (said,) = bot.send("!wer Fördermittel", as_="eva", room="sk")
        event.remove(bot.store.engine, "before_cursor_execute", note)
        assert said.text.count("•") == number
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("words", ["Steuerberater", "Bundesteuerberaterkamer"])
def test_institutions_are_found_by_name(bot: TestBot, words: str) -> None:
    (said,) = bot.send(f"!wer {words}", as_="jan", room="transfer")
    assert said.text.splitlines()[1] == "Einrichtungen: Bundessteuerberaterkammer"


def test_words() -> None:
    assert stems("Häuser, haeuser und HAUS") == stems("Haus und")
    assert fitting("berat", {"steuerberat", "berat", "rat"}) == {"steuerberat", "berat"}
    assert fitting("rat", {"steuerberat", "rat"}) == {"rat"}
    assert alike("digitalisirung", {"digitalisierung", "recht"}) == {"digitalisierung"}
    assert list_of(" a, b;a ,, c. ") == ["a", "b", "c"]


# --- institutions -----------------------------------------------------------------------------------------------


def test_an_institution_is_shown_with_its_names_people_and_groups(bot: TestBot) -> None:
    (said,) = bot.send("!einrichtung bgrci", as_="jan")
    assert said.text.splitlines() == [
        "BG RCI (sonstige Einrichtung)",
        "Personen: Eva Beispiel",
        "Gruppen: AG Modernes Beratungsverständnis",
        "Wer zu einem Thema helfen kann: !wer <Stichwort>",
    ]
    (own,) = bot.send("!einrichtung", as_="eva", room="dm")
    assert own.text.splitlines()[0] == "BG RCI (sonstige Einrichtung)"
    assert "Ihr Profil schreiben: „!einrichtung profil“" in own.text
    (unknown,) = bot.send("!einrichtung", as_="ida", room="dm")
    assert unknown.text.startswith("Ich weiß noch nicht, zu welcher Einrichtung Sie gehören.")
    (ministry,) = bot.send("!einrichtung BMAS", as_="jan")
    assert ministry.text.splitlines()[:3] == [
        "BMAS (Ministerium)",
        "Auch bekannt als: Bundesministerium für Arbeit und Soziales",
        "Personen: hier keine sichtbar",
    ]


def test_a_near_name_is_offered_and_an_unknown_one_refused(bot: TestBot) -> None:
    (asked,) = bot.send("!einrichtung Bundessteuerberatekammer", as_="jan", room="dm")
    assert asked.text.splitlines()[1] == "1. Bundessteuerberaterkammer"
    (said,) = bot.send("1", as_="jan", room="dm")
    assert said.text.splitlines()[0] == "Bundessteuerberaterkammer (sonstige Einrichtung)"
    (unknown,) = bot.send("!einrichtung Völlig Fremd", as_="jan", room="dm")
    assert unknown.text == "Die Einrichtung „Völlig Fremd“ kenne ich nicht. Bitte prüfen Sie den Namen."


def add_to_roster(bot: TestBot, group: str, *lines: str) -> None:
    """Put institutions on a roster, as the configuration would."""
    with bot.store.unit() as session:
        groups.add_to_roster(session, group, [read_roster_line(line) for line in lines])
        queries.declare(session, bot.settings)


def merge(bot: TestBot, old: str, new: str) -> str:
    """Merge two institutions as a coordinator; gives back the last answer."""
    (said,) = bot.send(f"!einrichtung {old} ist {new}", as_="kai", room="dm")
    return bot.send("ja", as_="kai", room="dm")[0].text if "zusammenlegen?" in said.text else said.text


def test_only_coordinators_merge(bot: TestBot) -> None:
    (said,) = bot.send("!einrichtung itb ist BG RCI", as_="eva")
    assert said.text.startswith("Das darf nur die Koordination.")


def test_a_merge_takes_everything_along(bot: TestBot) -> None:
    add_to_roster(bot, "beratung", "Institut für Technik der Betriebsführung (Person D)")
    bot.send("!aufgabe Einseiter an itb", as_="eva")
    bot.send("!termin Abstimmung am 10.12.2026 10:00–11:00", as_="eva")
    bot.send("!beschluss Wir machen es so bis 10.12.2026", as_="eva")
    bot.send("!zusage T1", as_="jan")
    bot.send("!beschluss B1 übertragen an itb", as_="eva")
    bot.send("!zustimmung B1", as_="jan")
    answer = merge(bot, "itb", "Institut für Technik der Betriebsführung")
    assert answer.splitlines()[0] == "Zusammengelegt: itb ist jetzt Institut für Technik der Betriebsführung"
    institute = "Institut für Technik der Betriebsführung"
    with bot.store.reading() as session:
        assert queries.institution_names(session)[user("jan")] == institute
        assert [(one.institution, one.persons) for one in groups.roster(session, "beratung")] == [
            ("BG RCI", []),
            (institute, ["Person D"]),
            ("Bundessteuerberaterkammer", ["Person B", "Person C"]),
        ]
    assert names(bot, Answer, "institution_id") == [institute]
    assert names(bot, Vote, "institution_id") == [institute]
    assert "itb" not in names(bot, Entitled, "institution_id") + names(bot, Entitlement, "institution_id")
    assert names(bot, Entitlement, "institution_id") == ["BG RCI", "Bundessteuerberaterkammer", institute]
    assert names(bot, Transfer, "institution_id") == ["BG RCI"]
    assert names(bot, Transfer, "to_institution_id") == [institute]
    assert [one.name for one in bot.table(Assignee)] == [institute]
    (shown,) = bot.send("!einrichtung itb", as_="jan")
    assert shown.text.splitlines()[:2] == [f"{institute} (sonstige Einrichtung)", "Auch bekannt als: itb"]
    assert "Zusammengelegt: itb (seit Do., 26.11.2026)" in shown.text


def test_a_merge_outlives_the_configuration(bot: TestBot) -> None:
    add_to_roster(bot, "beratung", "Institut")
    merge(bot, "itb", "Institut")
    with bot.store.unit() as session:
        groups.declare(session, bot.settings)
        queries.declare(session, bot.settings)
        roster = [one.institution for one in groups.roster(session, "beratung")]
        every = [one.name for one in queries.institutions(session)]
    assert roster == ["BG RCI", "Institut", "Bundessteuerberaterkammer"]
    assert every == ["BG RCI", "BMAS", "BMBF", "Bundessteuerberaterkammer", "Institut"]


@pytest.mark.parametrize(("choice", "against"), [("enthaltung", True), ("zustimmung", False)])
def test_different_votes_in_something_open_stand_against_a_merge(bot: TestBot, choice: str, against: bool) -> None:
    bot.send("!beschluss Wir machen es so bis 10.12.2026", as_="eva")
    bot.send("!zustimmung B1", as_="eva")
    bot.send(f"!{choice} B1", as_="jan")
    answer = merge(bot, "itb", "BG RCI")
    assert (": B1." in answer) is against
    assert len(bot.table(Vote)) == (2 if against else 1)


def test_secret_ballots_of_both_stand_against_a_merge(bot: TestBot) -> None:
    bot.send("!beschluss Wir machen es so bis 10.12.2026 geheim", as_="eva")
    for name in ("eva", "jan"):
        bot.send("!zustimmung B1", as_=name, room="dm")
    assert ": B1." in merge(bot, "itb", "BG RCI")
    assert names(bot, Participation, "institution_id") == ["BG RCI", "itb"]


def test_a_right_given_between_the_two_ends(bot: TestBot) -> None:
    bot.send("!beschluss Wir machen es so bis 10.12.2026", as_="eva")
    bot.send("!beschluss B1 übertragen an itb", as_="eva")
    bot.send("!zustimmung B1", as_="jan")
    merge(bot, "itb", "BG RCI")
    assert bot.table(Transfer) == []
    assert names(bot, Vote, "institution_id") == ["BG RCI"]


def test_dates_of_a_poll_go_along(bot: TestBot) -> None:
    bot.send("!terminfindung Wann?\n14.12.2026 10:00\n15.12.2026 10:00", as_="eva")
    bot.send("!terminfindung T1 1 ja, 2 nein", as_="eva")
    bot.send("!terminfindung T1 1 ja", as_="jan")
    merge(bot, "itb", "BG RCI")
    assert names(bot, PollVote, "institution_id") == ["BG RCI", "BG RCI"]


@pytest.mark.parametrize(("answered", "against"), [("absage", True), ("zusage", False)])
def test_different_answers_to_something_open_stand_against_a_merge(bot: TestBot, answered: str, against: bool) -> None:
    bot.send("!termin Abstimmung am 10.12.2026 10:00–11:00", as_="eva")
    bot.send("!zusage T1", as_="eva")
    bot.send(f"!{answered} T1", as_="jan")
    answer = merge(bot, "itb", "BG RCI")
    assert (": T1." in answer) is against
    assert len(bot.table(Answer)) == (2 if against else 1)


def test_finished_votes_keep_their_count(bot: TestBot) -> None:
    bot.send("!beschluss Wir machen es so bis 10.12.2026", as_="eva")
    bot.send("!zustimmung B1", as_="eva")
    bot.send("!enthaltung B1", as_="jan")
    bot.send("!beschluss B1 schließen", as_="eva")
    before = bot.send("!beschluss B1", as_="eva")[0].text
    merge(bot, "itb", "BG RCI")
    assert bot.send("!beschluss B1", as_="eva")[0].text == before


def test_a_name_nobody_has_becomes_another_name(bot: TestBot) -> None:
    assert merge(bot, "Bundesarbeitsministerium", "BMAS").splitlines()[0] == "BMAS heißt auch Bundesarbeitsministerium"
    assert merge(bot, "Bundesarbeitsministerium", "BMAS").startswith("„Bundesarbeitsministerium“ ist schon ein Name")
    assert merge(bot, "BMAS", "Nirgendwo") == "Die Einrichtung „Nirgendwo“ kenne ich nicht. Bitte prüfen Sie den Namen."


# --- who speaks for whom ----------------------------------------------------------------------------------------


def test_a_roster_that_names_a_person_says_whom_they_speak_for(bot: TestBot) -> None:
    add_to_roster(bot, "transfer", "RKW (Ida Probe)", "ZDH (jan)")
    with bot.store.reading() as session:
        assert queries.institution_names(session)[user("ida")] == "RKW"
        found = queries.institution_of(session, user("jan"))
        assert found is not None
        assert found.name == "itb"


def test_two_rosters_or_two_bearers_of_a_name_say_nothing(bot: TestBot) -> None:
    add_to_roster(bot, "transfer", "RKW (Ida Probe)")
    add_to_roster(bot, "plenum", "ZDH (Ida Probe)")
    with bot.store.reading() as session:
        assert queries.institution_of(session, user("ida")) is None
        assert queries.institution_of(session, user("kai")) is None


# --- topics, inputs, the index ----------------------------------------------------------------------------------


def test_coordinators_see_overlap_and_gaps_without_names(bot: TestBot) -> None:
    with bot.store.unit() as session:
        for name in ("eva", "jan", "ida", "kai", "ute"):
            profile = session.get(Profile, user(name)) or Profile(user_id=user(name))
            profile.competences = ["Nachfolge"] if name != "ute" else ["nachfolge", "Recht"]
            session.add(profile)
    bot.send("!wer Quantenphysik", as_="jan", room="transfer")
    bot.send("!input Quantenphysik im Handwerk\nText", as_="eva", room="beratung")
    (said,) = bot.send("!wer themen", as_="kai", room="office")
    assert said.text.splitlines()[1:-1] == [
        "Können viele (ab fünf Personen)",
        "• Nachfolge – 5 Personen aus 2 Einrichtungen",
        "Kann nur eine Person",
        "• Recht – 1 Person aus 0 Einrichtungen",
        "Gesucht, kann noch niemand",
        "• Quantenphysik – niemand; Inputs: I1",
        "Insgesamt 2 Themen in den Steckbriefen.",
    ]
    (asked,) = bot.send("!wer themen Nachfolge, Export, ?", as_="kai", room="dm")
    assert asked.text.splitlines()[2:-1] == ["• Nachfolge – 5 Personen aus 2 Einrichtungen", "• Export – niemand"]
    (refused,) = bot.send("!wer themen", as_="eva", room="dm")
    assert refused.text.startswith("Das darf nur die Koordination.")


def test_past_inputs_are_found_where_their_group_may_be_seen(bot: TestBot) -> None:
    bot.send("!input Leitfaden zur Nachfolge\nMit Beispielen aus Handwerksbetrieben.", as_="eva", room="beratung")
    (said,) = bot.send("!wer Handwerksbetrieb", as_="jan", room="beratung")
    assert said.text.splitlines()[1] == "Inputs: I1 Leitfaden zur Nachfolge (AG Modernes Beratungsverständnis)"
    (hidden,) = bot.send("!wer Handwerksbetrieb", as_="ida", room="transfer")
    assert hidden.text.startswith("Zu „Handwerksbetrieb“ finde ich niemanden")
    bot.send("!input I1 zurückziehen", as_="eva", room="beratung")
    (gone,) = bot.send("!wer Handwerksbetrieb", as_="jan", room="beratung")
    assert gone.text.startswith("Zu „Handwerksbetrieb“ finde ich niemanden")


def test_a_lost_index_is_made_again_and_what_was_erased_is_in_none(bot: TestBot) -> None:
    write(bot)
    with bot.store.unit() as session:
        session.execute(delete(SearchText))
    with bot.store.unit() as session:
        queries.declare(session, bot.settings)
    (said,) = bot.send("!wer Nachfolge", as_="jan", room="transfer")
    assert said.text.splitlines()[1].startswith("• Ida Probe (RKW)")
    bot.send("!vergiss mich", as_="ida", room="dm")
    bot.send("ja", as_="ida", room="dm")
    with bot.store.reading() as session:
        assert "nachfolgeplan" not in search.vocabulary(session)
        assert "steuerberaterkamm" in " ".join(search.vocabulary(session))

"""What a member sees whose client gives no keys to insecure devices and reads nothing of theirs (E1)."""

import asyncio
import signal
from collections.abc import Callable

import pytest

from ombot.chat.language import SENTENCES
from tests.strict.conftest import LogIn
from tests.strict.installation import Installation
from tests.strict.member import StrictMember

pytestmark = [pytest.mark.strict, pytest.mark.asyncio(loop_scope="module")]

Person = Callable[[], str]

NO_SHIELD = 0
LATER_THAN_TOLD = 75.0
"""After a minute the sender is told; somewhat more for the homeserver and the way."""
EXCHANGED = 200
BURST = 10


async def ask(member: StrictMember, room: str, title: str) -> str:
    """Give a task and read the answer: the bot has read the member, and the member the bot. Returns the question."""
    event = await member.say(room, f"!aufgabe {title}")
    answer = await member.answer(room, event)
    assert answer.body.splitlines()[0].partition(": ")[2] == title
    assert (answer.encrypted, await member.shield(room, answer.event_id)) == (True, NO_SHIELD)
    return event


async def answers(member: StrictMember, room: str, event_id: str) -> list[str]:
    """The ends of the first lines of all answers to a message."""
    found = [each.body for each in await member.messages(room) if each.reply_to == event_id]
    return [body.splitlines()[0].rpartition(": ")[2] for body in found]


async def restore(installation: Installation) -> None:
    """Back up, and go on from the backup."""
    backup = installation.folder / "backup.zip"
    backup.unlink(missing_ok=True)
    await installation.command("backup", str(backup))
    await installation.stop()
    await installation.command("restore", str(backup))
    await installation.start()


async def test_the_strict_client_reads_the_bot_and_the_bot_reads_it(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    eva = await log_in(person())
    room = await eva.room(installation.alias)

    await ask(eva, room, "Einseiter entwerfen")
    direct = await eva.open_direct_chat(installation.bot)
    mine = await eva.answer(direct, await eva.say(direct, "!meine"))

    assert (mine.encrypted, await eva.shield(direct, mine.event_id)) == (True, NO_SHIELD)
    assert await eva.devices(installation.bot) == {"OMBOT": True}
    assert "gut    Signatur des Geräts OMBOT, Schlüssel " in await installation.command("check")
    assert (await eva.failures(room), await eva.failures(direct)) == ([], [])


async def test_a_members_further_devices_read_and_are_read(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    eva = await log_in(person())
    room = await eva.room(installation.alias)
    await ask(eva, room, "Auf dem ersten Gerät")

    telephone = await log_in(eva.user_id, recovery_key=eva.recovery_key)
    await telephone.room(installation.alias)
    await ask(telephone, room, "Auf dem Telefon")
    # What nobody has signed is written to and read as well: ombot's default (E2).
    tablet = await log_in(eva.user_id, unsigned=True)
    await tablet.room(installation.alias)
    by_tablet = await ask(tablet, room, "Auf dem Tablet")

    signed = {eva.device_id: True, telephone.device_id: True, tablet.device_id: False}
    assert await eva.devices(eva.user_id) == signed
    unread = [(each.event_id, each.failure) for each in await eva.failures(room)]
    assert unread == [(by_tablet, "UNSIGNED_SENDER_DEVICE")]


async def test_restarts_are_not_to_be_seen(installation: Installation, log_in: LogIn, person: Person) -> None:
    eva = await log_in(person())
    room = await eva.room(installation.alias)
    await ask(eva, room, "Vorher")

    for how in (signal.SIGTERM, signal.SIGKILL):
        await installation.stop(how)
        meanwhile = await eva.say(room, "!aufgabe Während es still war")
        await eva.new_session(room)
        also = await eva.say(room, "!aufgabe Mit neuem Schlüssel")
        await installation.start()
        assert [(await eva.answer(room, event)).encrypted for event in (meanwhile, also)] == [True, True]
        await ask(eva, room, "Danach")

    assert await eva.failures(room) == []


async def test_late_keys_are_waited_for_and_their_absence_is_told_once(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    eva = await log_in(person())
    room = await eva.room(installation.alias)
    await eva.hold_keys()
    await installation.stop()
    before_start = await eva.say(room, "!aufgabe Vor dem Start")
    await installation.start()
    await eva.new_session(room)
    after_start = await eva.say(room, "!aufgabe Nach dem Start")

    assert (await eva.answer(room, after_start, seconds=LATER_THAN_TOLD)).body == SENTENCES["undecryptable"]
    await eva.release_keys()
    await eva.new_session(room)
    await eva.hold_keys()
    soon = await eva.say(room, "!aufgabe Gleich darauf")
    await asyncio.sleep(2)
    await eva.release_keys()

    await eva.answer(room, soon)
    assert await answers(eva, room, after_start) == [SENTENCES["undecryptable"], "Nach dem Start"]
    assert await answers(eva, room, before_start) == ["Vor dem Start"]
    assert await answers(eva, room, soon) == ["Gleich darauf"]


async def test_a_request_to_verify_is_declined_with_what_there_is_instead(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    eva = await log_in(person())
    direct = await eva.open_direct_chat(installation.bot)
    (device,) = await eva.devices(installation.bot)
    await eva.answer(direct, await eva.say(direct, "!hilfe"))
    declined = {"code": "m.user", "by": installation.bot, "pending": False}

    assert await eva.verify(installation.bot, device=device) == declined
    await eva.expect(direct, SENTENCES["verification"])
    assert await eva.verify(installation.bot, room=direct) == declined

    await eva.answer(direct, await eva.say(direct, "!meine"))
    said = [each.body for each in await eva.messages(direct) if each.sender == installation.bot]
    assert said.count(SENTENCES["verification"]) == 1
    assert await eva.failures(direct) == []


async def test_a_restored_backup_is_a_new_device_that_is_signed(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    eva = await log_in(person())
    room = await eva.room(installation.alias)
    await ask(eva, room, "Vor der Sicherung")

    await restore(installation)

    await ask(eva, room, "Danach")
    devices = await eva.devices(installation.bot)
    assert (len(devices), set(devices.values())) == (2, {True})
    assert await eva.failures(room) == []


async def test_nothing_is_unreadable_in_either_direction(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    """Through stops, kills, restored backups and a further device, and in the middle of messages."""
    eva, jan = await log_in(person()), await log_in(person())
    room = await eva.room(installation.alias)
    await jan.room(installation.alias)
    people = [eva, jan]
    between = [installation.restart, lambda: installation.restart(signal.SIGKILL), lambda: restore(installation)]
    asked: list[str] = []

    for burst in range(EXCHANGED // BURST):
        given = []
        for step in range(BURST):
            who = people[step % len(people)]
            given.append((who, await who.say(room, f"!aufgabe Nummer {len(asked) + step}")))
            if step == BURST // 2 and burst % 4 == 1:
                await between[burst // 4 % len(between)]()
        for who, event in given:
            await who.answer(room, event)
        asked += [event for _, event in given]
        if burst == EXCHANGED // BURST // 2:
            people.append(await log_in(eva.user_id, recovery_key=eva.recovery_key))
            await people[-1].room(installation.alias)

    answered = [each.reply_to for each in await eva.messages(room) if each.sender == installation.bot]
    assert sorted(event for event in answered if event is not None) == sorted(asked)
    assert [await each.failures(room) for each in (eva, jan)] == [[], []]


async def test_only_signed_devices_get_keys_when_that_is_configured(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    eva = await log_in(person())
    room = await eva.room(installation.alias)
    tablet = await log_in(eva.user_id, unsigned=True)
    await tablet.room(installation.alias)
    by_tablet = await ask(tablet, room, "An alle Geräte")
    # Others have used the room before: what ombot said there until it knew of her device, she cannot read.
    await eva.answer(room, by_tablet)
    too_early = [each.event_id for each in await eva.failures(room) if each.event_id != by_tablet]

    await installation.stop()
    await installation.start(OMBOT_MATRIX__DEVICES="signed")
    event = await eva.say(room, "!aufgabe Nur an signierte")
    answer = await eva.answer(room, event)
    telephone = await log_in(eva.user_id, recovery_key=eva.recovery_key)
    await telephone.room(installation.alias)
    await ask(telephone, room, "Auch an das neue Telefon")

    assert await tablet.failure(room, answer.event_id) == "MEGOLM_UNKNOWN_INBOUND_SESSION_ID"
    assert sorted(each.event_id for each in await eva.failures(room)) == sorted([*too_early, by_tablet])
    disobeyed = await tablet.say(room, "!aufgabe Von einem Gerät, das niemand kennt")
    assert (await eva.answer(room, disobeyed)).body == SENTENCES["sender_unsigned"]
    await installation.restart()
    await ask(tablet, room, "Wieder an alle")


async def test_what_is_said_about_a_person_is_gone_on_the_homeserver_when_they_are_forgotten(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    eva, jan = await log_in(person()), await log_in(person())
    room = await eva.room(installation.alias)
    await jan.room(installation.alias)
    direct = await eva.open_direct_chat(installation.bot)
    mine = await eva.answer(direct, await eva.say(direct, "!meine"))
    about_eva = await jan.answer(room, await jan.say(room, f"!aufgabe Brief schreiben {eva.user_id}"))
    about_jan = await jan.answer(room, await jan.say(room, "!aufgabe Antwort abwarten"))
    assert eva.user_id.split(":")[0].removeprefix("@") in about_eva.body

    await eva.answer(direct, await eva.say(direct, "!vergiss mich"))
    await eva.say(direct, "ja")

    await installation.until_withdrawn(eva.user_id, direct, mine.event_id)
    await installation.until_withdrawn(eva.user_id, room, about_eva.event_id)
    assert "ciphertext" in await installation.content_on_server(jan.user_id, room, about_jan.event_id)


async def test_an_identity_that_somebody_else_put_in_place_is_told_and_can_be_replaced(
    installation: Installation, log_in: LogIn, person: Person
) -> None:
    eva, office = await log_in(person()), await log_in(person(), unsigned=True)
    room, coordination = await eva.room(installation.alias), await office.room(installation.coordination)
    await ask(eva, room, "Vorher")

    await installation.replace_identity()
    await installation.restart()

    assert "our device is not trusted (master replaced)" in await installation.command("status", code=1)
    (said,) = [each for each in await office.until_said(coordination, SENTENCES["health_device"]) if each.encrypted]
    assert SENTENCES["health_device_todo"] in said.body
    await installation.stop()
    assert "ombot init --recover" in await installation.command("init", code=1)
    assert "ombot hat jetzt eine neue" in await installation.command("init", "--recover")
    await installation.start()
    assert await installation.command("status") == "ombot is well.\n"
    await ask(eva, room, "Nachher")

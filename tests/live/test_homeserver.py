"""The embedded homeserver: accounts, crash and restart, no traces."""

import json
import socket
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ombot.demo import homeserver as module
from ombot.demo.homeserver import Homeserver, HomeserverError

pytestmark = pytest.mark.live
NameFactory = Callable[[str], str]


def get(server: Homeserver, path: str, token: str) -> dict[str, Any]:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        return dict(json.loads(connection.getresponse().read()))
    finally:
        connection.close()


def test_registered_account_logs_in_with_its_device_and_name(homeserver: Homeserver, user_name: NameFactory) -> None:
    name = user_name("eva")
    user_id = homeserver.register(name, "geheim", displayname="Eva Beispiel")
    token = homeserver.login(name, "geheim", "GERAET")

    assert user_id == f"@{name}:localhost"
    assert get(homeserver, "/_matrix/client/v3/account/whoami", token) == {
        "user_id": user_id,
        "device_id": "GERAET",
        "is_guest": False,
    }
    assert get(homeserver, f"/_matrix/client/v3/profile/{user_id}/displayname", token) == {
        "displayname": "Eva Beispiel"
    }


def test_only_an_admin_may_ask_the_admin_api(homeserver: Homeserver, user_name: NameFactory) -> None:
    tokens = []
    for stem, admin in (("leitung", True), ("mitglied", False)):
        name = user_name(stem)
        homeserver.register(name, "geheim", admin=admin)
        tokens.append(homeserver.login(name, "geheim"))

    answers = [get(homeserver, "/_synapse/admin/v2/users", token) for token in tokens]

    assert [answer.get("errcode") for answer in answers] == [None, "M_FORBIDDEN"]


def test_new_rooms_have_version_12(homeserver: Homeserver, user_name: NameFactory) -> None:
    name = user_name("eva")
    homeserver.register(name, "geheim")
    token = homeserver.login(name, "geheim")

    answer = get(homeserver, "/_matrix/client/v3/capabilities", token)

    assert answer["capabilities"]["m.room_versions"]["default"] == "12"


def test_taken_name_and_wrong_password_are_errors(homeserver: Homeserver, user_name: NameFactory) -> None:
    name = user_name("eva")
    homeserver.register(name, "geheim")

    with pytest.raises(HomeserverError, match="M_USER_IN_USE"):
        homeserver.register(name, "geheim")
    with pytest.raises(HomeserverError, match="M_FORBIDDEN"):
        homeserver.login(name, "falsch")


def test_a_hundred_logins_meet_no_rate_limit(homeserver: Homeserver, user_name: NameFactory) -> None:
    name = user_name("eva")
    homeserver.register(name, "geheim")

    tokens = {homeserver.login(name, "geheim", "GERAET") for _ in range(100)}

    assert len(tokens) == 100


def test_crash_keeps_address_and_data_and_stop_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Homeserver("demo.localhost")
    with server:
        url, folder = server.url, server.folder
        assert server.register("eva", "geheim") == "@eva:demo.localhost"
        with pytest.raises(HomeserverError, match="running already"):
            server.start()

        server.kill()
        with pytest.raises(OSError):
            server.login("eva", "geheim")

        with socket.socket() as stranger:
            stranger.bind((module.HOST, urlsplit(url).port))
            stranger.listen()
            monkeypatch.setattr(module, "START_ATTEMPTS", 1)
            with pytest.raises(HomeserverError, match="Address already in use"):
                server.start()

        server.start()
        assert (server.url, server.folder) == (url, folder)
        assert server.login("eva", "geheim") != ""

    assert not folder.exists()
    with pytest.raises(HomeserverError, match="not been started"):
        _ = server.url
    port = urlsplit(url).port
    with socket.socket() as probe:
        assert probe.connect_ex((module.HOST, port)) != 0


def test_failed_start_shows_the_log_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server = Homeserver("not a server name")

    with pytest.raises(HomeserverError, match="ended with code") as failure:
        server.start()

    assert "Server name 'not a server name' has an invalid format" in str(failure.value)
    assert list(tmp_path.iterdir()) == []

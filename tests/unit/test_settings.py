from __future__ import annotations

from pathlib import Path

import pytest

from jophiel.errors import SettingsError
from jophiel.settings import Settings


def test_the_home_is_the_users_data_home() -> None:
    assert Settings.from_environment({"HOME": "/home/x", "XDG_DATA_HOME": "/data"}).home == Path("/data/jophiel")
    assert Settings.from_environment({}).home == Path.home() / ".local" / "share" / "jophiel"


def test_a_relative_data_home_is_ignored_as_its_specification_says() -> None:
    assert Settings.from_environment({"XDG_DATA_HOME": "data"}).home.parts[-3:] == (".local", "share", "jophiel")


def test_jophiel_home_wins_and_becomes_absolute() -> None:
    assert Settings.from_environment({"JOPHIEL_HOME": "here", "XDG_DATA_HOME": "/data"}).home == Path.cwd() / "here"
    assert Settings.from_environment({"JOPHIEL_HOME": "~/here"}).home == Path.home() / "here"


def test_an_empty_variable_is_unset() -> None:
    assert Settings.from_environment({"JOPHIEL_DATABASE_URL": " "}).database_url is None


@pytest.mark.parametrize(
    "environment",
    [
        {"JOPHIEL_DEAD_LETTER_QUEUE": "jophiel_consumer_queue"},
        {"JOPHIEL_QUEUE": "q", "JOPHIEL_DEAD_LETTER_QUEUE": "q"},
        {"JOPHIEL_DEAD_LETTER_EXCHANGE": "sword_events"},
        {"JOPHIEL_QUEUE": "q", "JOPHIEL_EXCHANGE": "q.dead_letters"},
    ],
)
def test_dead_letters_that_would_come_back_for_ever_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="are both"):
        Settings.from_environment(environment)


def test_an_unknown_log_level_is_refused() -> None:
    assert Settings.from_environment({"JOPHIEL_LOG_LEVEL": "debug"}).log_level == "DEBUG"
    with pytest.raises(SettingsError, match="LOUD"):
        Settings.from_environment({"JOPHIEL_LOG_LEVEL": "loud"})

from callguard.app.parts import engine_settings
from callguard.settings import Settings


def test_the_engine_expects_the_name_of_the_organisation_first() -> None:
    settings = Settings.model_validate({"organisation": "Larkfield", "transcribe": {"vocabulary": ["Sam"]}})
    assert engine_settings(settings).vocabulary == ("Larkfield", "Sam")


def test_an_organisation_without_a_name_is_not_expected() -> None:
    assert engine_settings(Settings()).vocabulary == ()

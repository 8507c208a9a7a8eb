from callguard import errors
from callguard.errors import CallguardError


def _all(kind: type[CallguardError]) -> list[type[CallguardError]]:
    """Return the classes of the tree; a step may have a private one, which its callers cannot tell from its parent."""
    public = (child for child in kind.__subclasses__() if child.__module__ == errors.__name__)
    return [kind, *(leaf for child in public for leaf in _all(child))]


def test_every_class_has_its_own_code_and_stands_in_the_tree_that_opens_the_module() -> None:
    kinds = _all(CallguardError)
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert errors.__doc__ is not None
    assert [kind.__name__ for kind in kinds if kind.__name__ not in errors.__doc__] == []


def test_wrong_settings_end_with_2_and_failed_work_with_1() -> None:
    assert errors.SettingsError.exit_code == errors.PolicyError.exit_code == 2
    assert {kind.exit_code for kind in _all(CallguardError)} == {1, 2}

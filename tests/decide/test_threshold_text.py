import pytest

from callguard.decide.policy import bundled_policies, read_policy
from callguard.decide.threshold_text import with_thresholds
from callguard.errors import PolicyError
from callguard.terms import Category


@pytest.mark.parametrize("name", sorted(bundled_policies()))
def test_every_other_line_of_a_policy_stays(name: str) -> None:
    text = bundled_policies()[name].read_text(encoding="utf-8")
    before = read_policy(text, name)
    after = read_policy(with_thresholds(text, {Category.INSULT: 0.55, Category.HATE: 0.7}, version=9), name)
    assert after.version == 9
    assert after.thresholds == {**before.thresholds, Category.INSULT: 0.55, Category.HATE: 0.7}
    changed = {"version": 9, "thresholds": after.thresholds}
    assert before.model_copy(update=changed) == after
    again = with_thresholds(with_thresholds(text, {Category.INSULT: 0.5}, version=9), {Category.INSULT: 0.6}, version=10)
    assert again.count("[thresholds]") == 1
    assert again.count("\n#") == text.count("\n#")


@pytest.mark.parametrize(
    "text",
    [
        'name = "a"\n"version" = 1\n',
        "version = 1\nthresholds = { insult = 0.4 }\n[climb]\n",
        "version = 1\nthresholds.insult = 0.4\n[climb]\n",
    ],
)
def test_a_text_in_another_style_is_refused_rather_than_spoilt(text: str) -> None:
    with pytest.raises(PolicyError, match="by hand"):
        with_thresholds(text, {Category.INSULT: 0.5}, version=2)

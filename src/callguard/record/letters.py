"""Drafts of letters, filled from the record: people read, change and sign them. Pure.

The substance of a complaint is answered whatever its tone, and no letter repeats the words of abuse.
"""

from collections.abc import Iterable
from datetime import datetime

from callguard.callers import Restriction, RestrictionStatus
from callguard.cases import AftercareRules
from callguard.incidents import IncidentContent
from callguard.terms import Category

CONDUCT = {
    Category.THREAT_PERSONAL: "a threat against a person",
    Category.THREAT_GENERAL: "a threat against people or a place",
    Category.INTIMIDATION: "words that were meant to frighten",
    Category.SEXUAL: "sexual remarks",
    Category.HATE: "remarks that demean people for who they are",
    Category.INSULT: "personal insults",
    Category.PROFANITY: "abusive language",
    Category.RUDENESS: "contempt for the person who answered",
    Category.UNREASONABLE_DEMAND: "demands that could not be met",
}


def answer_letter(content: IncidentContent, rules: AftercareRules, today: datetime) -> str:
    """Return the answer to a complaint: substance first, conduct in one sober paragraph, and none at all where it was care."""
    facts = content.facts
    conduct = _conduct(facts.categories)
    about = f"Your call of {_day(facts.began_at, rules)}"
    parts = [
        rules.organisation,
        _day(today, rules),
        "[Name and address of the caller]",
        about,
        "Dear [name],",
        f"Thank you for your call of {_day(facts.began_at, rules)}. You told us about [the matter, in one sentence]. "
        "Everybody may complain to us and gets an answer; this is ours.",
        f"[What we found, what we will do about it, and by when.]{_noted(content.statement.follow_up)}",
    ]
    if conduct and not facts.about_care:
        warned = " You were asked during the call to go on in another way." if facts.warnings else ""
        parts.append(
            f"During the call we heard {conduct}.{warned} We understand that the matter is upsetting; anger about it is "
            "legitimate, and we still ask you to speak to our staff with respect. It does not change our answer above."
        )
    parts += [
        f"If you are not content with this answer, write to {rules.destination}.",
        "Yours sincerely,",
        "[Name and title]",
        f"Our reference: {facts.call_id}",
    ]
    return "\n\n".join(parts) + "\n"


def restriction_letter(restriction: Restriction, rules: AftercareRules, today: datetime) -> str:
    """Return the letter that tells a caller why, what and for how long; of one that was refused or lifted there is none."""
    # Of a proposal the letter says what will have been done when it is sent.
    is_consulted = rules.needs_consultation if restriction.status is RestrictionStatus.PROPOSED else bool(restriction.consulted)
    consultation = ", after consultation," if is_consulted else ""
    begins = _day(restriction.begins_at or today, rules)
    ends = _day(restriction.ends_at, rules) if restriction.ends_at else f"[{restriction.days or '…'} days after the decision]"
    review = _day(restriction.review_at, rules) if restriction.review_at else "[date]"
    route = f" Please turn to {restriction.route_to}." if restriction.route_to else ""
    calls = " We will not put your calls through during this time." if restriction.refuse_calls else ""
    return (
        "\n\n".join(
            [
                rules.organisation,
                _day(today, rules),
                "[Name and address of the caller]",
                "How you can reach us",
                "Dear [name],",
                f"We are writing because of how our staff were treated. {_sentence(_why(restriction))}",
                "We have a duty to keep our staff safe and well. On [date] we explained that this conduct is not acceptable "
                "and asked for a change.",
                f"{rules.restriction_authority[:1].upper()}{rules.restriction_authority[1:]} has therefore "
                f"decided{consultation} to limit how you can contact us: {restriction.kind}.{route}{calls}",
                f"This begins on {begins} and ends by itself on {ends}. We will look at it again on {review}.",
                "Your complaints and requests are still read and answered; only the way in which they reach us changes. You can "
                f"write to {rules.destination} at any time, and you may ask us to look at this decision again.",
                "Yours sincerely,",
                "[Name and title]",
                f"Our reference: {restriction.restriction_id}",
            ]
        )
        + "\n"
    )


def _why(restriction: Restriction) -> str:
    """Return the reason of whoever decided; until then that of the proposal."""
    return restriction.decision.partition("\n")[0].strip() or restriction.reason


def _conduct(categories: Iterable[str]) -> str:
    named = [CONDUCT[Category(name)] for name in categories if Category(name) in CONDUCT]
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else "".join(named)


def _noted(follow_up: str) -> str:
    return f" [From the record: {follow_up}]" if follow_up else ""


def _sentence(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def _day(at: datetime, rules: AftercareRules) -> str:
    """Return a day as the caller lived it: the evening's calls of America are the next day's in UTC."""
    there = at.astimezone(rules.zone)
    return f"{there.day} {there:%B %Y}"

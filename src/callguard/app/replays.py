"""Joins what replaying a stored call needs."""

from collections.abc import Mapping

from callguard.app.aftercare import rules_of
from callguard.app.choices import Choices
from callguard.app.parts import Parts
from callguard.app.policy_versions import PolicyVersions
from callguard.app.tuning_room import TuningRoom
from callguard.cases import AftercareRules
from callguard.record.export_desk import ExportDesk
from callguard.record.recordings import Recordings
from callguard.record.replay_desk import ReplayDesk
from callguard.record.review_desk import ReviewDesk
from callguard.record.store import SqlStore
from callguard.terms import Category


def build_replays(store: SqlStore, parts: Parts) -> ReplayDesk:
    """Return the desk for finding and replaying calls."""

    def thresholds() -> Mapping[Category, float]:
        return {**parts.scorer.thresholds, **parts.policy.thresholds}

    return ReplayDesk(store, Recordings(parts.settings.data_path / "audio"), thresholds=thresholds, clock=parts.clock)


def build_reviews(store: SqlStore, parts: Parts) -> ReviewDesk:
    """Return the desk for reviewing calls."""
    share = parts.settings.review.second_share
    return ReviewDesk(store, second_share=share, policy=lambda: parts.policy.label, clock=parts.clock)


def build_exports(store: SqlStore, parts: Parts) -> ExportDesk:
    """Return the desk that hands out selections of calls."""

    def rules() -> AftercareRules:
        return rules_of(parts.policy, organisation=parts.settings.organisation, zone=parts.settings.zone)

    return ExportDesk(store, build_replays(store, parts), build_reviews(store, parts), rules=rules, clock=parts.clock)


def build_tuning(store: SqlStore, parts: Parts, choices: Choices) -> TuningRoom:
    """Return what thresholds are tuned by, and the figures over time."""
    return TuningRoom(store, parts, PolicyVersions(store, choices, parts.clock))

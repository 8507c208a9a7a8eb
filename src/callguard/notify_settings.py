"""The settings of telling others: systems by webhook, people by the routes that a policy names."""

from typing import Literal

from pydantic import Field, SecretStr

from callguard.settings_branch import Branch


class WebhookSettings(Branch):
    """One system that is told by HTTP."""

    url: str = Field(pattern=r"^https?://[^\s/?#]+", description="Where to POST; redirects are not followed.")
    secret: SecretStr = Field(description="Signs what is sent: «whsec_…» (`callguard webhook secret`), or env:NAME.")
    previous_secret: SecretStr = Field(default=SecretStr(""), description="Signs too while the receiver changes to a new one.")
    kinds: tuple[str, ...] = Field(default=(), description="What it is told; empty is everything.")
    with_words: bool = Field(default=False, description="Send the words that caused an alert too.")


NoticeLanguage = Literal["en", "de"]


class NotifySettings(Branch):
    """Ways out of the consoles: webhooks for systems, routes for people."""

    webhooks: dict[str, WebhookSettings] = Field(default_factory=dict, description="Systems that are told, by name.")
    routes: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Apprise URL by the name that the policy's `[[notify]]` uses; env:NAME takes it from the environment.",
    )
    language: NoticeLanguage = Field(default="en", description="Language of notices to people.")
    languages: dict[str, NoticeLanguage] = Field(default_factory=dict, description="Language of a route that has another.")
    timeout_s: float = Field(default=10.0, ge=0.5, le=60, description="How long one attempt may take.")
    at_once: int = Field(default=4, ge=1, le=32, description="Attempts at the same time for one receiver.")
    webhook_hours: float = Field(default=72, gt=0, le=720, description="A webhook that is older is given up.")
    notice_minutes: float = Field(default=60, gt=0, le=10_080, description="A notice to people that is older is given up.")
    keep_days: int = Field(default=14, ge=1, le=365, description="How long what was delivered stays in the outbox.")

    def language_of(self, route: str) -> NoticeLanguage:
        """Return in which language people behind a route are told."""
        return self.languages.get(route, self.language)

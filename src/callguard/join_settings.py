"""The settings of joining: browsers over WebRTC, and the phone systems that can bring a senior into a call."""

from typing import Final

from pydantic import Field, SecretStr

from callguard.settings_branch import Branch

DIALLED: Final = r"^[^{}]*\{phone\}[^{}]*$"
"""«{phone}» stands once for the telephone; another name in braces would fail at the first join, with a call waiting."""


class AriSettings(Branch):
    """Asterisk's REST interface, for snoop channels and bridges."""

    url: str = Field(default="", description="Such as http://pbx:8088/ari; empty switches it off.")
    user: str = "callguard"
    password: SecretStr = SecretStr("")
    app: str = Field(default="callguard", description="Name of the Stasis application.")
    endpoint: str = Field(default="PJSIP/{phone}", pattern=DIALLED, description="How a senior's telephone is dialled.")


class TwilioCoachingSettings(Branch):
    """Twilio's REST interface, for calls that run in a Conference."""

    account_sid: str = Field(default="", description="Empty switches it off.")
    auth_token: SecretStr = SecretStr("")
    url: str = "https://api.twilio.com"
    caller_id: str = Field(default="", description="The number that calls senior staff.")


class FreeSwitchSettings(Branch):
    """FreeSWITCH's event socket, for eavesdrop."""

    host: str = Field(default="", description="Empty switches it off.")
    port: int = Field(default=8021, ge=1, le=65535)
    password: SecretStr = SecretStr("")
    endpoint: str = Field(default="user/{phone}", pattern=DIALLED, description="How a senior's telephone is dialled.")


class JoinSettings(Branch):
    """Senior staff in a call: by browser over WebRTC, or by telephone through the phone system."""

    addresses: tuple[str, ...] = Field(
        default=(), description="Own addresses that browsers are offered; none named: all but the loopback."
    )
    public_ip: str = Field(default="", description="Address that browsers see, behind 1:1 NAT; needs fixed ports.")
    first_port: int = Field(default=0, ge=0, le=65535, description="Lowest UDP port for media; 0 takes any free one.")
    last_port: int = Field(default=0, ge=0, le=65535, description="Highest UDP port for media.")
    stun: str = Field(
        default="",
        pattern=r"^(stuns?:\S+)?$",
        description="Such as stun:stun.example.org:3478; none by default, nothing outside is asked.",
    )
    turn: str = Field(default="", pattern=r"^(turns?:\S+)?$", description="Such as turn:turn.example.org:3478?transport=udp.")
    turn_user: str = ""
    turn_password: SecretStr = SecretStr("")
    turn_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Shared with the TURN server (coturn: static-auth-secret); then each join gets a credential that ends by "
        "itself, and user and password are not needed.",
    )
    connect_wait_s: float = Field(default=15, ge=1, le=120, description="Then a browser that has not connected has failed.")
    call_instead: str = Field(default="", description="What a senior can call when joining fails: a number or an extension.")
    phones: dict[str, str] = Field(default_factory=dict, description="Telephone by log-in name, for joins by phone system.")
    ari: AriSettings = AriSettings()
    twilio: TwilioCoachingSettings = TwilioCoachingSettings()
    freeswitch: FreeSwitchSettings = FreeSwitchSettings()

from callguard.cli.simulate_command import rotated
from callguard.terms import Role

TRACKS = {Role.CALLER: bytes(range(200)) * 80, Role.AGENT: bytes(range(199, -1, -1)) * 80}


def test_a_call_goes_round_from_its_offset_and_keeps_both_parties_together() -> None:
    cut = rotated(TRACKS, seconds=3, offset_s=1)
    assert len(cut[Role.CALLER]) == len(cut[Role.AGENT]) == 24_000
    assert cut[Role.CALLER][:5] == TRACKS[Role.CALLER][8000:8005]
    assert all(caller + agent == 199 for caller, agent in zip(cut[Role.CALLER], cut[Role.AGENT], strict=True))

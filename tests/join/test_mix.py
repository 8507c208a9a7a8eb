import numpy as np

from callguard.join.mix import FRAME, LONGEST, PRIMED, JitterBuffer, Mix
from callguard.join.rooms import Rooms
from callguard.terms import Role, Samples


def constant(value: float, frames: float = 1) -> Samples:
    return np.full(round(FRAME * frames), value, np.float32)


def test_a_voice_is_heard_once_enough_of_it_is_there_and_in_its_order() -> None:
    voice = JitterBuffer()
    voice.push(constant(0.1))
    assert not voice.pull().any()
    voice.push(constant(0.2))
    assert [float(voice.pull()[0]) for _ in range(2)] == [np.float32(0.1), np.float32(0.2)]


def test_a_gap_is_silence_and_the_voice_gathers_anew_behind_it() -> None:
    voice = JitterBuffer()
    voice.push(constant(0.1, 2.5))
    heard = [voice.pull() for _ in range(4)]
    voice.push(constant(0.2))
    assert [float(np.count_nonzero(piece)) for piece in heard] == [FRAME, FRAME, FRAME / 2, 0]
    assert not voice.pull().any()


def test_what_would_come_too_late_is_skipped_and_counted() -> None:
    voice = JitterBuffer()
    voice.push(constant(0.1, LONGEST / FRAME))
    voice.push(constant(0.2, 2))
    assert voice.skipped == LONGEST + 2 * FRAME - PRIMED
    assert float(voice.pull()[0]) == np.float32(0.2)


def test_both_parties_and_colleagues_are_mixed_and_only_parties_have_levels() -> None:
    mix = Mix()
    for name, value in ((Role.CALLER, 0.25), (Role.AGENT, 0.5), ("j2", 0.125)):
        mix.hear(name, constant(value, 2))
    assert float(mix.pull()[0]) == 0.875
    assert mix.take_levels() == {"caller": 0.25, "agent": 0.5}
    assert mix.take_levels() == {"caller": 0.0, "agent": 0.0}


def test_each_listener_hears_the_call_and_the_others_and_never_themselves() -> None:
    rooms = Rooms()
    ana, ben, elsewhere = rooms.enter("c1", "ana"), rooms.enter("c1", "ben"), rooms.enter("c2", "eve")
    rooms.hear("c1", Role.CALLER, constant(0.25, 2))
    rooms.hear_staff("c1", "ana", constant(0.5, 2))
    assert [float(mix.pull()[0]) for mix in (ana, ben, elsewhere)] == [0.25, 0.75, 0.0]
    rooms.leave("c1", "ana")
    rooms.hear("c1", Role.CALLER, constant(0.25, 2))
    assert float(ben.pull()[0]) == 0.25
    rooms.leave("c1", "ben")
    rooms.leave("c2", "eve")
    rooms.leave("c2", "nobody")

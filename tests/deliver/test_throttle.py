from callguard.deliver.throttle import REMEMBERED, TRIES_PER_ADDRESS, TRIES_PER_NAME, WINDOW_NS, LoginThrottle


def test_a_few_tries_pass_and_then_one_waits_until_the_first_is_forgotten() -> None:
    throttle = LoginThrottle()
    assert [throttle.wait_s("ana", "a", now) for now in range(TRIES_PER_NAME)] == [0] * TRIES_PER_NAME
    assert throttle.wait_s("ana", "a", 10) == 900
    assert throttle.wait_s("ana", "a", WINDOW_NS) == 0


def test_other_people_and_places_are_not_disturbed() -> None:
    throttle = LoginThrottle()
    for now in range(TRIES_PER_NAME):
        throttle.wait_s("ana", "a", now)
    assert throttle.wait_s("ana", "b", 10) == 0
    assert throttle.wait_s("ben", "a", 10) == 0


def test_one_address_cannot_try_many_names() -> None:
    throttle = LoginThrottle()
    waits = [throttle.wait_s(f"user{now}", "a", now) for now in range(TRIES_PER_ADDRESS + 1)]
    assert waits[:-1] == [0] * TRIES_PER_ADDRESS
    assert waits[-1] > 0


def test_logging_in_forgives() -> None:
    throttle = LoginThrottle()
    for now in range(TRIES_PER_NAME):
        throttle.wait_s("ana", "a", now)
    throttle.forgive("ana", "a")
    assert throttle.wait_s("ana", "a", 10) == 0


def test_an_office_behind_one_address_logs_in_and_what_failed_there_still_counts() -> None:
    throttle = LoginThrottle()
    for now in range(TRIES_PER_ADDRESS - 1):
        assert throttle.wait_s(f"wrong{now}", "a", now) == 0

    for now in range(3 * TRIES_PER_ADDRESS):
        assert throttle.wait_s(f"user{now}", "a", 1000 + now) == 0
        throttle.forgive(f"user{now}", "a")

    assert throttle.wait_s("another", "a", 2000) == 0
    assert throttle.wait_s("user1", "a", 2001) > 0


def test_memory_is_bounded() -> None:
    throttle = LoginThrottle()
    for number in range(REMEMBERED + 100):
        throttle.wait_s("x", f"address{number}", number)
    assert len(throttle._tries) <= REMEMBERED

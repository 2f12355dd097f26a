from app.llm.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def tripped() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(5):
        assert breaker.admits()
        breaker.failed()
    return breaker, clock


def test_five_failures_within_thirty_seconds_spare_the_endpoint() -> None:
    breaker, clock = tripped()
    assert not breaker.admits()
    clock.now += 14.9
    assert not breaker.admits()


def test_failures_spread_over_more_than_thirty_seconds_do_not() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(20):
        breaker.failed()
        clock.now += 10
    assert breaker.admits()


def test_a_success_starts_the_count_anew() -> None:
    breaker = Breaker(Clock())
    for _ in range(3):
        for _ in range(4):
            breaker.failed()
        breaker.succeeded()
    assert breaker.admits()


def test_after_fifteen_seconds_one_probe_is_let_through_and_its_success_closes() -> None:
    breaker, clock = tripped()
    clock.now += 15
    assert breaker.admits()
    assert not breaker.admits()
    breaker.succeeded()
    assert breaker.admits()
    assert breaker.admits()


def test_a_failed_probe_opens_it_for_another_fifteen_seconds() -> None:
    breaker, clock = tripped()
    clock.now += 15
    assert breaker.admits()
    breaker.failed()
    clock.now += 14
    assert not breaker.admits()
    clock.now += 1
    assert breaker.admits()


def test_an_abandoned_probe_makes_room_for_another() -> None:
    breaker, clock = tripped()
    clock.now += 15
    assert breaker.admits()
    breaker.abandoned()
    assert breaker.admits()

"""How large each kind of run is."""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True)
class Sizes:
    rounds: int                # runs of each contender; medians of so many
    rounds_long: int           # of what takes long
    carts: int                 # of ingest, peers and what is held
    events: int                # a pass of ingest
    peer_messages: int         # a pass of Erlang's and Redis's
    ack_seconds: int           # at 80 % of the rate
    due_carts: int             # whose timers are due in one second
    due_rate: int              # timers due per second, one second after the other
    due_seconds: int
    persons: int
    replay_events: int
    recovery_carts: int
    recalls: int
    parked: int
    returned_carts: int        # opened and ended
    scaling: tuple             # carts
    soak_seconds: int
    soak_sample_seconds: float
    budget_seconds: int        # what the run may take: what would not fit is left out, and said so


KINDS = {
    "default": Sizes(rounds=5, rounds_long=3, carts=MILLION, events=2 * MILLION, peer_messages=2 * MILLION, ack_seconds=15,
                     due_carts=MILLION, due_rate=100_000, due_seconds=10, persons=MILLION, replay_events=2 * MILLION,
                     recovery_carts=MILLION, recalls=1000, parked=MILLION, returned_carts=MILLION,
                     scaling=(100_000, MILLION, 5 * MILLION), soak_seconds=0, soak_sample_seconds=5,
                     budget_seconds=20 * 60),
    "full": Sizes(rounds=3, rounds_long=3, carts=10 * MILLION, events=20 * MILLION, peer_messages=0, ack_seconds=60,
                  due_carts=MILLION, due_rate=100_000, due_seconds=30, persons=10 * MILLION,
                  replay_events=10 * MILLION, recovery_carts=10 * MILLION, recalls=2000, parked=50 * MILLION,
                  returned_carts=10 * MILLION, scaling=(100_000, MILLION, 5 * MILLION, 10 * MILLION), soak_seconds=0,
                  soak_sample_seconds=5, budget_seconds=90 * 60),
    "soak": Sizes(rounds=3, rounds_long=1, carts=MILLION, events=2 * MILLION, peer_messages=0, ack_seconds=0, due_carts=0,
                  due_rate=0, due_seconds=0, persons=0, replay_events=0, recovery_carts=0, recalls=0, parked=0,
                  returned_carts=0, scaling=(), soak_seconds=30 * 60, soak_sample_seconds=5, budget_seconds=40 * 60),
    # A few of everything, to see that it works; its figures mean nothing.
    "smoke": Sizes(rounds=1, rounds_long=1, carts=2_000, events=20_000, peer_messages=4_000, ack_seconds=1, due_carts=1_000,
                   due_rate=500, due_seconds=2, persons=1_000, replay_events=5_000, recovery_carts=1_000, recalls=10,
                   parked=1_000, returned_carts=2_000, scaling=(1_000, 2_000), soak_seconds=3, soak_sample_seconds=0.5,
                   budget_seconds=300),
}

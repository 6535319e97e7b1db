#!/usr/bin/env python3
"""One account read over HTTP, with an access token and without, against two Node servers on the same PostgreSQL.

The token is an EdDSA JWT of ours, which the peers verify with our public key. All three answer from the same row of the
same table; only ours opens the sealed texts in it. PostgreSQL alone, under pgbench, is the ceiling."""
import rounds
from house import CONNECTIONS, House, Wrk, versions
from peer_postgres import Pgbench
from rounds import Cell

ACCOUNT = "SELECT account.account_view(account), version FROM account.account WHERE user_id = :user;\n"


def prepare(place):
    house = House(place)
    typical, typical_process = house.peer("typical")
    tuned, tuned_process = house.peer("tuned")
    postmaster = house.postmaster()
    loads = {
        "account, token": Wrk(place, "account", [("/api/v1/users/me", token) for _, token in house.people]),
        "profile, no token": Wrk(place, "profile", [(f"/api/v1/users/{user}", None) for user in house.friends]),
    }
    cells = []
    for load, wrk in loads.items():
        cells += [
            Cell(load, "Orrery", wrk.at(house.origin), [house.process.pid], ours=True),
            Cell(load, "Fastify + pg, pool of 10", wrk.at(typical), [typical_process.pid, postmaster]),
            Cell(load, "Fastify + postgres.js, tuned", wrk.at(tuned), [tuned_process.pid, postmaster]),
        ]
    script = place.folder / "account.pgbench"
    script.write_text(ACCOUNT)
    ceiling = Pgbench(place, house.connection, script, CONNECTIONS, postmaster, "-D", f"user={house.people[0][0]}",
                      waits_for_disk=False)
    return cells + [Cell("account, token", "PostgreSQL alone, pgbench", ceiling, [postmaster])]


def notes(place):
    return [f"{CONNECTIONS} connections; one event loop of orrery-api against one Node process. Tokens: Orrery and the "
            "tuned peer keep verified ones, the other verifies each time with jose."] \
        + versions("fastify", "pg", "postgres", "jose", "@fastify/jwt")


if __name__ == "__main__":
    rounds.main("query", "requests/s", prepare, notes)

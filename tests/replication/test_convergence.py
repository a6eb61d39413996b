"""A sample of `tests.replication.convergence`: three servers edited apart converge, in whatever order."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.replication.convergence import try_seed
from tests.replication.servers import InFiles


@given(seed=st.integers(0, 2**32))
@settings(max_examples=3, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_three_servers_converge(sqlite_template: Path, tmp_path_factory: object, seed: int) -> None:
    folder = tmp_path_factory.mktemp("servers")  # type: ignore[attr-defined] # pytest's own factory
    try_seed(InFiles(folder, sqlite_template), seed, 30)

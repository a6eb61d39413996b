"""What the answer to a batch says where more was refused than it names: nothing of that counts as given."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

from itmsctl.cmdb.store import Store
from itmsctl.replication.applied import MOST_NAMED, Applied
from itmsctl.replication.service import sending, sent

HEADER = SimpleNamespace(last=False, more={})
PEER = "5f0f5d4e-0000-4000-8000-000000000001"


def test_what_was_refused_and_not_named_goes_again(store: Store) -> None:
    guids = [f"5f0f5d4e-0000-4000-8000-{number:012x}" for number in range(MOST_NAMED + 50)]
    for refused in (guids, guids[:3]):
        answer = Applied(refused=[("filter", guid, "no such field") for guid in refused]).as_dict()
        assert answer.get("refused_beyond", 0) == max(0, len(refused) - MOST_NAMED)
        puts = [{"op": "put", "kind": "filter", "guid": guid, "hash": "00"} for guid in guids]
        store.write(partial(sending.settle, peer=PEER, header=HEADER, records=puts, reply=answer))
        with store.read() as reader:
            assert sorted(sent.again(reader, PEER, "filter")) == sorted(refused)

"""References: many at once, by name in any case or by GUID; what is not there is named."""

from __future__ import annotations

import pytest

from itmsctl.cmdb.references import reference_ids
from itmsctl.cmdb.store import Store
from itmsctl.errors import NotFoundError
from itmsctl.sites.service.site import SITES


def test_many_references(store: Store) -> None:
    names = ("rome", "oslo", "Bari")
    guids = store.write(lambda unit: {name: SITES.add(unit, name, {}).doc.guid for name in names})
    with store.read() as reader:
        wanted = ["ROME", guids["oslo"], "rome", "bari"]
        assert list(reference_ids(reader, "site", wanted)) == ["Bari", "oslo", "rome"]
        assert reference_ids(reader, "site", []) == {}
        with pytest.raises(NotFoundError, match="no site `roma`") as caught:
            reference_ids(reader, "site", ["oslo", "roma"])
        assert "rome" in caught.value.hint

"""The group `import-mapping`."""

from __future__ import annotations

from itmsctl.cli.noun_columns import columns_of, wide
from itmsctl.cli.nouns import noun_group
from itmsctl.resources.kinds import IMPORT_MAPPING

import_mapping_app = noun_group(
    IMPORT_MAPPING,
    columns_of(
        IMPORT_MAPPING,
        *("noun", "source", "priority", "description"),
        *wide("columns", "constants", "transforms", "meanings", "taken", "ignore_unknown", "encoding", "sheet"),
    ),
    examples={
        "add": "itmsctl import-mapping add assets --noun computer --map 'Asset Name=name' --map 'Serial=serial'"
        " --transform 'name=short|lower'",
        "set": "itmsctl import-mapping set assets --add-map 'Owner=' --priority 55",
    },
)

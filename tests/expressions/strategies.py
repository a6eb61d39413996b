"""Random worlds and random trees, drawn from few values so that they meet."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from itmsctl.expressions import patterns
from itmsctl.expressions import tree as t
from itmsctl.values import addresses
from itmsctl.values.kind import Type
from itmsctl.values.versions import version_key
from tests.expressions.world import CLASSES, NOW, REGISTRY

TEXTS = [
    "",
    "a",
    "A",
    "b",
    "B",
    "ab",
    "aB",
    "a%b",
    "a_b",
    "é",
    "É",
    "a\nb",
    "Zz",
    "10",
    "9",
    "a\\b",
    "[a]*?",
    "~",
    "\U0001f600",
]
INTS = [-1, 0, 1, 2, 22, 2**31 - 1]
REALS = [-1.5, 0.0, 0.5, 1.0, 2.25]
MOMENTS = [NOW + timedelta(days=d, microseconds=u) for d in (-400, -30, -1, 0, 1) for u in (0, 1)]
ADDRESSES = [addresses.to_bytes(a) for a in ("10.0.0.0", "10.0.0.255", "10.1.0.5", "192.168.1.1", "::1", "2001:db8::5")]
PREFIXES = [addresses.prefix(p) for p in ("10.0.0.0/8", "10.0.0.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32")]
PATTERNS = [
    "%",
    "",
    "a%",
    "%b",
    "%a%",
    "a_b",
    "_",
    "__",
    "a\\%b",
    "a\\_b",
    "a\\\\b",
    "[a]*?",
    "%[%",
    "É",
    "z%",
    "A%B",
    "%%a%b%",
]
REGEXES = [
    "a", "^a$", "a.b", "(?i)a", "(?s)a.b", "^[a-z]+$", "[^a]", "\\d+", "\\W", "^.?$", "é", "(?i)É", "a|z",
    "^(a|b){1,2}$", "\\ba", "\\Bb", "[[:upper:]]", "\\\\", "^$", "[%_]", "\\s", "(a|A)[bB]?$",
    "\\x{1F600}", "^\\w*$", "[^\\d]", "b\\b",
]  # fmt: skip
VALUES = {
    Type.TEXT: TEXTS,
    Type.GUID: ["a", "ab", "b"],
    Type.INT: INTS,
    Type.REAL: REALS,
    Type.BOOL: [True, False],
    Type.TIME: MOMENTS,
    Type.ADDRESS: ADDRESSES,
    Type.VERSION: ["1.0", "1.00", "1.0~rc1", "1.0-rc1", "1.0a", "1.0-1", "2:0.9", "10", "9", "x", "", "É"],
}
KEYS = ["env", "Env", "tier"]


def _row(fields):
    return st.fixed_dictionaries({f.column_name: st.sampled_from([None, None, *VALUES[f.type]]) for f in fields})


@st.composite
def worlds(draw):
    """Rows by table for up to six resources, some of which are no computers."""
    ids = list(range(1, draw(st.integers(1, 6)) + 1))
    world = {"t_resource": [{"id": i} for i in ids]}
    for cls in CLASSES:
        rows = world.setdefault(cls.table, [])
        for id_ in ids:
            most = {"computer": 1, "os": 1, "firmware": 1}.get(cls.name, 3)
            if cls.collected_in:
                seen = draw(st.sampled_from([None, "never", NOW]))
                if seen:
                    told = {"computer_id": id_, "class_name": cls.name, "collected_at": NOW if seen == NOW else None}
                    world.setdefault(cls.collected_in, []).append(told)
                most = most if seen == NOW else 0
            for row in draw(
                st.lists(_row(cls.fields), max_size=most, min_size=int(cls.name == "computer" and id_ < 5))
            ):
                row[cls.key] = id_
                keyed = {f.order: f.column_name for f in cls.fields if f.order}
                row |= {key: None if row[of] is None else version_key(row[of]) for key, of in keyed.items()}
                if cls.name == "computer":
                    row["os_at"] = draw(st.sampled_from([None, NOW]))
                    row["software_at"] = draw(st.sampled_from([None, NOW]))
                if cls.map_key:
                    row["key"] = draw(st.sampled_from(KEYS))
                    if any(r[cls.key] == id_ and r["key"] == row["key"] for r in rows):
                        continue
                rows.append(row)
    return world


def _outer_refs():
    found = []
    for cls in CLASSES:
        if not cls.multi:
            found += [t.Ref(cls.name, f.name, f.type) for f in cls.fields]
        found += [REGISTRY.bare(bare) for bare, _ in cls.any_fields]
        if cls.map_key:
            found += [t.Ref(cls.name, "value", Type.TEXT, key=key) for key in [*KEYS, "none"]]
    return found


def _inner_refs(cls):
    return [t.Ref(cls.name, f.name, f.type) for f in cls.fields]


def _literal(type_):
    return st.sampled_from(VALUES[type_]).map(t.Literal)


def _value(type_):
    shifts = st.sampled_from([0, -30 * 86_400_000_000, -1, 86_400_000_000]).map(t.Now)
    numbers = st.sampled_from([*INTS, *REALS]).map(t.Literal)
    if type_ is Type.TIME:
        return _literal(type_) | shifts
    return numbers if type_ is Type.INT else _literal(type_)


@st.composite
def atoms(draw, refs):
    ref = draw(st.sampled_from(refs))
    kinds = ["compare", "in", "null", "null"]
    if ref.type in {Type.TEXT, Type.GUID, Type.VERSION}:
        kinds += ["like", "ilike", "regex"]
    kinds += {Type.BOOL: ["flag"], Type.ADDRESS: ["within", "within"]}.get(ref.type, [])
    if not ref.many:
        kinds.append("fields")
    match draw(st.sampled_from(kinds)):
        case "fields":
            others = [r for r in refs if not r.many and r.type is ref.type]
            return t.Compare(draw(_operators(ref)), ref, draw(st.sampled_from(others)))
        case "compare":
            return t.Compare(draw(_operators(ref)), ref, draw(_value(ref.type)))
        case "in":
            return t.In(ref, tuple(draw(st.lists(_value(ref.type), min_size=1, max_size=3))))
        case "null":
            return t.IsNull(ref)
        case "like":
            return t.Like(ref, patterns.normalised(draw(st.sampled_from(PATTERNS))))
        case "ilike":
            return t.Like(ref, patterns.normalised(draw(st.sampled_from(PATTERNS))), True)
        case "regex":
            return t.Regex(ref, draw(st.sampled_from(REGEXES)))
        case "within":
            prefix = draw(st.sampled_from(PREFIXES))
            return t.Within(ref, prefix.start, prefix.end)
        case _:
            return t.Flag(ref)


def _operators(ref):
    every = ["=", "!=", "<", "<=", ">", ">="]
    few = ref.type in {Type.BOOL, Type.ADDRESS}
    return st.sampled_from([op for op in every[: 2 if few else 6] if not (ref.many and op == "!=")])


def _combined(leaves):
    def grow(children):
        parts = st.lists(children, min_size=1, max_size=3).map(tuple)
        return parts.map(t.And) | parts.map(t.Or) | children.map(t.Not)

    return st.recursive(leaves, grow, max_leaves=6)


@st.composite
def brackets(draw):
    cls = draw(st.sampled_from([c for c in CLASSES if c.multi]))
    where = draw(st.none() | _combined(atoms(_inner_refs(cls)) | st.booleans().map(t.Constant)))
    if draw(st.booleans()):
        return t.ClassExists(cls.name, where)
    op = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
    return t.Count(cls.name, where, op, draw(st.integers(-1, 3)))


def trees():
    """Random trees over every kind of node."""
    collected = st.sampled_from([c.name for c in CLASSES]).map(t.Collected)
    return _combined(
        atoms(_outer_refs()) | atoms(_outer_refs()) | brackets() | collected | st.booleans().map(t.Constant)
    )

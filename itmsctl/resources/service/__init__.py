"""Use cases of the room `resources`, one idea a module:

| module | answers |
|---|---|
| `scope` | which resources an actor may see: every read passes it |
| `shelf` | the shelf of any kind of resource: name and GUID in `resource`, the rest in tables of its own |
| `computers` | COMPUTERS: add, set, get, find, list, remove |
| `details` | addresses, identities and tags of computers, read and written by the page |
| `selection` | Selection: which computers `--where`, `-l`, `--site`, `--subnet`, names and `--all` pick |
| `listing` | streams of computers in short reads |
| `plan`, `write`, `importing`, `exporting` | import and export |
| `merge` | merge, split, and GUIDs that lead to a winner |
| `identities` | values learned by contact, values that several computers share |
| `associations` | typed relations between resources |
"""

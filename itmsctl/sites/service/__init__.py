"""Use cases of the room `sites`, one idea a module; each imports only the rows that it reads.

| module | answers |
|---|---|
| `site`, `subnet`, `server` | SITES, SUBNETS, SERVERS: add, set, get, find, list, remove |
| `assignment` | which site and subnet every computer is in, kept true in the transaction of a change |
| `estate` | a snapshot of all sites, subnets and site servers |
| `choice` | which servers may be used by a computer or an address, and why (SITE-24) |
| `places` | what `show` and `list` say of sites, subnets and servers beyond their fields |
| `checks` | findings, and whether the assignment is what the addresses say |
| `importing`, `exporting` | tables in NetBox's columns |
| `listeners` | what this room does when computers change |
"""

"""What runs on a computer that is inventoried: it reads files and tools there, and knows nothing of the CMDB.

They are put into one program (`inventory.gathering`) that is fed to the computer's Python; no command imports them.
"""

"""What is said of Windows wherever it is said: in help, of a computer, in the first lines of README and docs."""

WINDOWS_SUPPORT = (
    "On Windows it runs tasks in PowerShell, pushes packages and gathers inventory, over SSH or SMB, and moves files "
    "over SMB; "
    "built against an emulated Windows, never run on a real one."
)

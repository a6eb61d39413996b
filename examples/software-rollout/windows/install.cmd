@echo off
rem Puts notes where everybody finds it. The exit code is what counts, and then detection.
set "to=%ProgramFiles%\itms-notes"
if not exist "%to%" mkdir "%to%" || exit /b 1
copy /y "%~dp0itms-notes.cmd" "%to%" >nul || exit /b 1

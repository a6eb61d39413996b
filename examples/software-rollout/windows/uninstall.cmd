@echo off
rmdir /s /q "%ProgramFiles%\itms-notes"
exit /b 0

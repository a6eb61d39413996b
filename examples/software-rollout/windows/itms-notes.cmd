@echo off
rem Keeps a line in a file of notes.
echo %* >>"%USERPROFILE%\notes.txt"

"""The probe for PowerShell (5.1 and later). Every text of a rule stands in it as base64: nothing of it is parsed."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from itmsctl.packages.detection.probe_form import DONE, FORM, MOST_LINES, MOST_VALUE
from itmsctl.packages.detection.rule import (
    FileLeaf,
    Leaf,
    PackageLeaf,
    ProductLeaf,
    RegistryLeaf,
    ScriptLeaf,
    ServiceLeaf,
)

_FUNCTIONS = r"""$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
$n = 0
function Text([string]$coded) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($coded)) }
function Say([string]$field, [string]$value) {
  $one = [regex]::Replace($value, '[\x00-\x1f\x7f]', ' ')
  if ($one.Length -gt @MOST@) { $one = $one.Substring(0, @MOST@) }
  [Console]::Out.Write("$script:n`t$field`t$one`n")
}
function Look-File([string]$path, [string]$fields) {
  try { $item = Get-Item -LiteralPath $path -Force -ErrorAction Stop }
  catch [Management.Automation.ItemNotFoundException] { Say 'absent' '1'; return }
  catch { Say 'unread' ($_.Exception.GetType().Name); return }
  if ($item.PSIsContainer) { Say 'folder' '1' } else { Say 'file' '1' }
  Say 'mtime' ([string][int64]($item.LastWriteTimeUtc - [datetime]'1970-01-01').TotalSeconds)
  if ($item.PSIsContainer) { return }
  if ($fields.Contains('size')) { Say 'size' ([string]$item.Length) }
  if ($fields.Contains('version')) {
    $info = $item.VersionInfo
    if ($info.FileVersion) {
      $parts = @($info.FileMajorPart, $info.FileMinorPart, $info.FileBuildPart, $info.FilePrivatePart)
      Say 'version' ($parts -join '.')
    }
  }
  if ($fields.Contains('sha256')) { Say 'sha256' ((Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash) }
}
function Open-Hive([string]$hive, $view) {
  $names = @{ HKLM = 'LocalMachine'; HKU = 'Users'; HKCU = 'CurrentUser'; HKCR = 'ClassesRoot' }
  [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]$names[$hive], $view)
}
function Look-Registry([string]$key, [string]$name, [bool]$isValue) {
  $hive, $rest = $key.Split([char[]]'\', 2)
  try { $found = (Open-Hive $hive ([Microsoft.Win32.RegistryView]::Registry64)).OpenSubKey($rest) }
  catch { Say 'unread' ($_.Exception.GetType().Name); return }
  if ($null -eq $found) { Say 'absent' '1'; return }
  Say 'key' '1'
  if ($isValue) {
    $value = $found.GetValue($name, $null)
    if ($null -ne $value) { Say 'value' ($value -join ', ') }
  }
}
$script:programs = $null
function Get-Programs {
  if ($null -ne $script:programs) { return $script:programs }
  $list = New-Object System.Collections.ArrayList
  $path = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'
  foreach ($view in @([Microsoft.Win32.RegistryView]::Registry64, [Microsoft.Win32.RegistryView]::Registry32)) {
    $root = (Open-Hive 'HKLM' $view).OpenSubKey($path)
    if ($null -eq $root) { continue }
    foreach ($name in $root.GetSubKeyNames()) {
      $one = $root.OpenSubKey($name)
      $title = [string]$one.GetValue('DisplayName')
      if (-not $title) { continue }
      $source = 'registry'
      if (([string]$one.GetValue('WindowsInstaller')) -eq '1') { $source = 'msi' }
      $version = [string]$one.GetValue('DisplayVersion')
      [void]$list.Add(@{ Id = $name; Name = $title; Version = $version; Source = $source })
    }
  }
  $script:programs = $list
  return $list
}
function Look-Package([string]$pattern, [string]$by) {
  foreach ($source in @('msi', 'registry')) { if (-not $by -or $by -eq $source) { Say 'manager' $source } }
  $count = 0
  foreach ($one in (Get-Programs)) {
    if ($by -and $one.Source -ne $by) { continue }
    if (-not [regex]::IsMatch($one.Name, $pattern, 'IgnoreCase')) { continue }
    $count += 1
    if ($count -gt @LINES@) { break }
    Say 'named' $one.Name
    Say 'package' "$($one.Source) - $($one.Version)"
  }
}
function Look-Product([string]$code) {
  Say 'manager' 'msi'
  foreach ($one in (Get-Programs)) {
    if ($one.Id -eq $code) { Say 'named' $one.Name; Say 'package' "$($one.Source) - $($one.Version)" }
  }
}
function Look-Service([string]$name) {
  $found = @(Get-Service | Where-Object { $_.Name -eq $name })
  if ($found.Count -eq 0) { Say 'service' 'absent' }
  elseif ($found[0].Status -eq 'Running') { Say 'service' 'running' }
  else { Say 'service' 'stopped' }
}
function Look-Script([string]$text) {
  $coded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
  $output = (& powershell.exe -NoProfile -NonInteractive -EncodedCommand $coded 2>$null | Out-String)
  Say 'output' $output
  Say 'exit' ([string]$LASTEXITCODE)
}
"""


def powershell(asked: Sequence[Leaf]) -> str:
    """Return the probe for PowerShell."""
    functions = _FUNCTIONS.replace("@MOST@", str(MOST_VALUE)).replace("@LINES@", str(MOST_LINES))
    lines = [functions, f'[Console]::Out.Write("{FORM}`n")']
    for number, leaf in enumerate(asked):
        lines += [f"$n = {number}; Say 'leaf' '1'", _call(leaf)]
    return "\n".join([*lines, f"$n = {len(asked)}", f"Say '{DONE}' '1'", ""])


def _call(leaf: Leaf) -> str:
    match leaf:
        case FileLeaf(path, tests):
            return f"Look-File {_text(path)} {_text(' '.join(test.field for test in tests))}"
        case RegistryLeaf(key, value):
            return f"Look-Registry {_text(key)} {_text(value or '')} ${'false' if value is None else 'true'}"
        case PackageLeaf(name, _, _, manager):
            return f"Look-Package {_text(_pattern(name))} {_text(manager)}"
        case ProductLeaf(code):
            return f"Look-Product {_text(code)}"
        case ServiceLeaf(name):
            return f"Look-Service {_text(name)}"
        case ScriptLeaf(text):
            return f"Look-Script {_text(text)}"
        case _:
            raise ValueError(f"a probe asks no {type(leaf).__name__}")


def _text(text: str) -> str:
    return f"(Text '{base64.b64encode(text.encode('utf-8', 'replace')).decode()}')"


def _pattern(name: str) -> str:
    """Return a name as a regular expression of .NET in which only `*` is special."""
    return (
        "^"
        + "".join(".*" if char == "*" else f"\\u{ord(char):04x}" if ord(char) < 65536 else char for char in name)
        + "$"
    )

# Writes the inventory of this computer into a file, for computers that are not reached over SSH.
# Made by `itmsctl inventory package build --for windows`. Not yet run on a real Windows.
# powershell -NoProfile -ExecutionPolicy Bypass -File THIS [-Out FOLDER] [-Full] [-Quiet] [-Readme] [-State FOLDER]
param(
    [string] $Out = '@OUT@',
    [string] $State = '',
    [switch] $Full,
    [switch] $Quiet,
    [switch] $Readme
)
$readmeText = @'
@README@
'@
if ($Readme) {
    $readmeText
    exit 0
}
@SOURCES@
$names = @('@CLASSES@' -split ',')

function Read-State([string] $file) {
    $kept = @{ id = [guid]::NewGuid().ToString(); epoch = 0; counter = 0; full = [DateTime]::MinValue; answered = ''; classes = @{} }
    if (-not (Test-Path -LiteralPath $file)) { return $kept }
    try {
        $found = @([System.IO.File]::ReadAllLines($file))
        $head = $found[0] -split "`t"
        if ($head.Count -ne 7 -or $head[0] -ne 'P' -or $head[6] -ne $env:COMPUTERNAME) { return $kept }
        $classes = @{}
        foreach ($line in ($found | Select-Object -Skip 1)) {
            $parts = $line -split "`t"
            if ($parts.Count -eq 3) { $classes[$parts[0]] = $parts[1] + "`t" + $parts[2] }
        }
        $at = [DateTime]::ParseExact($head[4], 'yyyyMMddHHmmss', [System.Globalization.CultureInfo]::InvariantCulture)
        return @{ id = [guid]::Parse($head[1]).ToString(); epoch = [int] $head[2]; counter = [int] $head[3]; full = $at; answered = $head[5]; classes = $classes }
    } catch {
        return $kept
    }
}

function Write-State([string] $file, $kept) {
    $at = $kept.full.ToString('yyyyMMddHHmmss', [System.Globalization.CultureInfo]::InvariantCulture)
    $lines = @((@('P', $kept.id, $kept.epoch, $kept.counter, $at, $kept.answered, $env:COMPUTERNAME) -join "`t"))
    foreach ($name in $kept.classes.Keys) { $lines += $name + "`t" + $kept.classes[$name] }
    [System.IO.File]::WriteAllLines($file + '.part', [string[]] $lines)
    Move-Item -LiteralPath ($file + '.part') -Destination $file -Force
}

if (-not $State) {
    $admin = ([Security.Principal.WindowsPrincipal] [Security.Principal.WindowsIdentity]::GetCurrent()).IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
    $State = Join-Path $env:LOCALAPPDATA 'itms-inventory'
    if ($admin) { $State = Join-Path $env:ProgramFiles 'itms-inventory' }  # where only they may lay a file
}
if (-not (Test-Path -LiteralPath $Out -PathType Container)) {
    [Console]::Error.WriteLine('there is no folder ' + $Out + ': is it mounted? Nothing was sent; -Out names another')
    exit 1
}
$null = New-Item -ItemType Directory -Path $State -Force
$file = Join-Path $State 'state.txt'
$kept = Read-State $file
$again = @()
$note = Join-Path (Join-Path $Out '.itms-resync') ($kept.id + '.json')
$mark = ''
if (Test-Path -LiteralPath $note) {
    try {
        $asks = [System.IO.File]::ReadAllText($note) | ConvertFrom-Json
        if ([string] $asks.of -ne $kept.answered) {
            $mark = [string] $asks.of
            $again = @($asks.classes)
        }
    } catch { $again = @() }
}
$now = [DateTime]::UtcNow
$days = ($now - $kept.full).TotalDays
$isFull = [bool] ($Full -or $kept.epoch -eq 0 -or $days -lt 0 -or $days -ge @DAYS@ -or ($kept.counter + 1) -ge @FILES@)
$epoch = $kept.epoch + [int] $isFull
$counter = $kept.counter + 1
if ($isFull) { $counter = 0 }
$asked = @()
foreach ($name in $names) {
    $held = "`t-"
    if (-not $isFull -and $again -notcontains $name -and $name -ne 'identification' -and $kept.classes.ContainsKey($name)) {
        $held = $kept.classes[$name]
    }
    $asked += "A`t" + $name + "`t" + $held
}
$stamp = $now.ToString('yyyyMMddTHHmmssZ', [System.Globalization.CultureInfo]::InvariantCulture)
$letters = $env:COMPUTERNAME -replace '[^A-Za-z0-9-]+', '-'
$random = [guid]::NewGuid().ToString('N').Substring(0, 8)
$target = Join-Path $Out ($letters + '-' + $stamp + '-' + $epoch + '-' + $counter + '-' + $random + '.nse')
$part = $target + '.part'
$stream = New-Object System.IO.FileStream $part, ([System.IO.FileMode]::CreateNew), ([System.IO.FileAccess]::Write)
try {
    $answer = New-Object Itms.Answer $stream, $definitions, ($asked -join "`n")
    $answer.Most = [long] @MOST@
    $package = ',"package":{"id":"' + $kept.id + '","epoch":' + $epoch + ',"counter":' + $counter + ',"full":' + ([string] $isFull).ToLowerInvariant() + '}'
    $answer.Begin('', $now.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture), $package)
    Write-Answer $answer 1800
} catch {
    $stream.Dispose()
    Remove-Item -LiteralPath $part -Force
    [Console]::Error.WriteLine($_.Exception.Message + '; nothing was sent')
    exit 1
}
$stream.Dispose()
Move-Item -LiteralPath $part -Destination $target
foreach ($name in @($answer.Kept.Keys)) { $kept.classes[$name] = $answer.Kept[$name] }
$kept.epoch = $epoch
$kept.counter = $counter
if ($isFull) { $kept.full = $now }
if ($mark) { $kept.answered = $mark }
Write-State $file $kept
if (Test-Path -LiteralPath $note) { Remove-Item -LiteralPath $note -Force -ErrorAction SilentlyContinue }
if (-not $Quiet) { $target }
exit 0

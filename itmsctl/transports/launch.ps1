$token = '@TOKEN@'
$pinned = '@PINNED@'
$id = '-'
try {
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
    $id = ([string] $base.OpenSubKey('SOFTWARE\Microsoft\Cryptography').GetValue('MachineGuid')).Replace('-', '').ToLowerInvariant()
} catch { $id = '-' }
if ($id -notmatch '^[0-9a-f]{32}$') { $id = '-' }
function Write-Word([string] $word, [string] $detail) {
    [Console]::Out.Write('ITMS1 ' + $token + ' ' + $word + ' 0 - - ' + $id + ' - - ' + $detail + "`n")
    [Console]::Out.Flush()
}
Write-Word 'READY' '-'
if ($pinned -and $pinned -ne $id) {
    Write-Word 'WRONGHOST' '-'
    exit 0
}

# Reads what classes are made of. Windows PowerShell 5.1, nothing beside it; ASCII only; it writes nothing but its answer.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$VerbosePreference = 'SilentlyContinue'

function New-List {
    return , (New-Object 'System.Collections.Generic.List[Itms.Instance]')
}

# An instance with some properties of an object.
function Convert-Object($object, [string[]] $names) {
    $made = New-Object Itms.Instance
    foreach ($name in $names) {
        $made.Set($name, $object.$name)
    }
    return $made
}

function Read-Cim([string] $namespace, [string] $class) {
    $list = New-List
    $more = @{ Namespace = $namespace; ClassName = $class; OperationTimeoutSec = 60 }
    if ($class -eq 'Win32_UserAccount') { $more.Filter = 'LocalAccount=True' }
    if ($class -eq 'Win32_LogicalDisk') { $more.Filter = 'DriveType<>4' }
    foreach ($one in @(Get-CimInstance @more)) {
        $made = New-Object Itms.Instance
        foreach ($property in $one.CimInstanceProperties) {
            $made.Set($property.Name, $property.Value)
        }
        $list.Add($made)
    }
    return , $list
}

# A key of the registry with its values; its path is in `@key`, its own name in `@name`.
function Convert-Key($key, [string] $path, [string] $name) {
    $made = New-Object Itms.Instance
    $made.Set('@key', $path + '\' + $name)
    $made.Set('@name', $name)
    foreach ($value in $key.GetValueNames()) {
        if ($value) {
            $made.Set($value, $key.GetValue($value, $null, 'DoNotExpandEnvironmentNames'))
        }
    }
    return $made
}

# The keys below a key, as far as their names fit.
function Read-Below($list, [string] $hive, [string] $path, [string] $fits) {
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive] $hive, [Microsoft.Win32.RegistryView]::Registry64)
    $shown = @{ LocalMachine = 'HKEY_LOCAL_MACHINE'; Users = 'HKEY_USERS' }[$hive]
    $parent = $base.OpenSubKey($path)
    if ($null -eq $parent) { return }
    foreach ($name in $parent.GetSubKeyNames()) {
        if ($name -notmatch $fits) { continue }
        $key = $null
        try { $key = $parent.OpenSubKey($name) } catch { continue }
        if ($null -ne $key) {
            $list.Add((Convert-Key $key ($shown + '\' + $path) $name))
            $key.Close()
        }
    }
    $parent.Close()
}

function Read-Key([string] $path) {
    $list = New-List
    $at = $path.LastIndexOf('\')
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
    $key = $base.OpenSubKey($path)
    if ($null -eq $key) { throw ('no such key: ' + $path) }
    $list.Add((Convert-Key $key ('HKEY_LOCAL_MACHINE\' + $path.Substring(0, $at)) $path.Substring($at + 1)))
    return , $list
}

function Read-Registry([string] $what) {
    $policy = 'SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy'
    if ($what -eq 'cryptography') { return , (Read-Key 'SOFTWARE\Microsoft\Cryptography') }
    if ($what -eq 'logon') { return , (Read-Key 'SOFTWARE\Microsoft\Windows\CurrentVersion\Authentication\LogonUI') }
    if ($what -eq 'firewall rules') { return , (Read-Key ($policy + '\FirewallRules')) }
    $list = New-List
    if ($what -eq 'firewall') {
        Read-Below $list 'LocalMachine' $policy 'Profile$'
    }
    if ($what -eq 'programs') {
        $programs = 'Microsoft\Windows\CurrentVersion\Uninstall'
        Read-Below $list 'LocalMachine' ('SOFTWARE\' + $programs) '.'
        Read-Below $list 'LocalMachine' ('SOFTWARE\WOW6432Node\' + $programs) '.'
        $users = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::Users, [Microsoft.Win32.RegistryView]::Registry64)
        foreach ($user in $users.GetSubKeyNames()) {
            if ($user -match '^S-1-(5-21|12-1)-[0-9-]+$') {
                try { Read-Below $list 'Users' ($user + '\Software\' + $programs) '.' } catch { continue }
            }
        }
    }
    return , $list
}

function Read-Apps {
    $list = New-List
    try { $apps = @(Get-AppxPackage -AllUsers) } catch { $apps = @(Get-AppxPackage) }
    foreach ($one in $apps) {
        $list.Add((Convert-Object $one @('Name', 'Version', 'Architecture', 'Publisher', 'InstallLocation', 'PublisherId', 'SignatureKind')))
    }
    return , $list
}

function Read-Groups {
    $list = New-List
    foreach ($one in @(Get-CimInstance -ClassName Win32_Group -Filter 'LocalAccount=True' -OperationTimeoutSec 60)) {
        $made = Convert-Object $one @('Name', 'SID', 'Description')
        $members = @()
        try {
            $group = [ADSI] ('WinNT://' + $env:COMPUTERNAME + '/' + $one.Name + ',group')
            foreach ($member in @($group.psbase.Invoke('Members'))) {
                $members += [string] $member.GetType().InvokeMember('Name', 'GetProperty', $null, $member, $null)
            }
        } catch { $members = @() }
        $made.Set('@members', [string[]] $members)
        $list.Add($made)
    }
    return , $list
}

function Read-Tasks {
    $list = New-List
    foreach ($one in @(Get-ScheduledTask)) {
        $made = Convert-Object $one @('TaskPath', 'TaskName')
        $made.Set('State', [string] [int] $one.State)
        if ($null -ne $one.Principal) { $made.Set('@user', $one.Principal.UserId) }
        $action = @($one.Actions)[0]
        if ($null -ne $action) { $made.Set('@command', ([string] $action.Execute + ' ' + [string] $action.Arguments)) }
        $list.Add($made)
    }
    return , $list
}

function Read-Source([string] $source) {
    $kind, $one, $other = $source -split ' ', 3
    if ($kind -eq 'cim') { return , (Read-Cim $one $other) }
    if ($kind -eq 'registry') { return , (Read-Registry ($source.Substring(9))) }
    if ($kind -eq 'apps') { return , (Read-Apps) }
    if ($kind -eq 'groups') { return , (Read-Groups) }
    if ($kind -eq 'tasks') { return , (Read-Tasks) }
    throw ('no such source: ' + $source)
}

# Answers all that was asked; what one class cannot read costs no other.
function Write-Answer($answer, [double] $limit) {
    $machine = New-Object Itms.Machine
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    foreach ($name in @($answer.Asked.Keys)) {
        if ($name -eq 'recency') { continue }
        $begun = $clock.Elapsed.TotalSeconds
        foreach ($source in $machine.Wanted($name)) {
            if ($clock.Elapsed.TotalSeconds -gt $limit) {
                $machine.Fail($source, 'time limit of the whole inventory')
                continue
            }
            try {
                $machine.Add($source, (Read-Source $source))
            } catch {
                $machine.Fail($source, $_.Exception.Message)
            }
        }
        $machine.Tell($answer, $name, $clock.Elapsed.TotalSeconds - $begun)
    }
    if ($answer.Asked.ContainsKey('recency')) { $machine.Recency($answer) }
    $answer.End()
}

$definitions = @'
@DEFINITIONS@
'@
$core = @'
@CORE@
'@
Add-Type -TypeDefinition $core -Language CSharp

$core = @'
@CORE@
'@
Add-Type -TypeDefinition $core -Language CSharp
$boot = 0
try {
    $boot = (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().Ticks / 100000000
} catch { $boot = 0 }
$options = New-Object 'System.Collections.Generic.Dictionary[string,string]'
$options['boot'] = '00000000-0000-4000-8000-' + ([long] $boot).ToString('x12')
$options['id'] = $id
$options['base'] = [IO.Path]::Combine([Environment]::GetFolderPath('LocalApplicationData'), 'itms', 'runs')
@OPTIONS@
$begin = [Func[string, bool]] {
    param($keep)
    $line = 'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "' + $keep + '"'
    $made = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = $line }
    return ($made.ReturnValue -eq 0)
}
[ItmsMarker]::Call($options, $core, $begin)

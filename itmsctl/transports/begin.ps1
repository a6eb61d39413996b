$nice = @NICE@
if ($nice -gt 0) {
    $priority = 'BelowNormal'
    if ($nice -ge 15) { $priority = 'Idle' }
    try { (Get-Process -Id $PID).PriorityClass = $priority } catch { $priority = '-' }
}
[Console]::Error.Write('ITMS1 ' + $token + "`n")
Write-Word 'BEGIN' 'powershell'

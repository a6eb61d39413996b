$asked = @'
@ASKED@
'@
$answer = New-Object Itms.Answer ([Console]::OpenStandardOutput()), $definitions, $asked
$answer.IsWhole = [bool] @WHOLE@
$at = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture)
$answer.Begin('@TOKEN@', $at, '')
Write-Answer $answer @LIMIT@

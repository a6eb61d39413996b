$asked = @'
@ASKED@
'@
$answer = New-Object Itms.Answer ([Console]::OpenStandardOutput()), $definitions, $asked
$answer.IsWhole = [bool] @WHOLE@
$answer.Begin('@TOKEN@', [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ'), '')
Write-Answer $answer @LIMIT@

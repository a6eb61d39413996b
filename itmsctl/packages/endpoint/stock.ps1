$core = @'
@CORE@
'@
Add-Type -TypeDefinition $core -Language CSharp
$options = New-Object 'System.Collections.Generic.Dictionary[string,string]'
@OPTIONS@
$options['base'] = [IO.Path]::Combine([Environment]::GetFolderPath('LocalApplicationData'), 'itms', 'packages')
$stock = New-Object -TypeName ItmsStock -ArgumentList (, $options)
exit $stock.@CALL@

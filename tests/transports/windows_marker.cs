// The run marker of Windows on this system: a process group stands for the job, setsid for the process that WMI starts.
public class UnixJob : ItmsJob
{
    int group;

    public override ProcessStartInfo Shell(string script)
    {
        var plain = script + ".sh";
        var data = File.ReadAllBytes(script);
        var body = new byte[data.Length - 3];
        Array.Copy(data, 3, body, 0, body.Length); // the mark at the beginning is for PowerShell
        File.WriteAllBytes(plain, body);
        if (Encoding.UTF8.GetString(body).Contains("ItmsStock"))
            return new ProcessStartInfo("setsid", "powershell.exe -File \"" + plain + "\"");
        return new ProcessStartInfo("setsid", "/bin/sh \"" + plain + "\"");
    }

    public override void Hold(Process command)
    {
        group = command.Id;
    }

    public override void End()
    {
        using (var kill = Process.Start("kill", "-KILL -- -" + group)) kill.WaitForExit();
    }
}

public static class Emulated
{
    public static int Main(string[] words)
    {
        if (words[0] == "keep")
        {
            ItmsMarker.Keep(words[1], new UnixJob());
            return 0;
        }
        var options = new Dictionary<string, string>();
        foreach (var line in File.ReadAllLines(words[1]))
        {
            int at = line.IndexOf('=');
            options[line.Substring(0, at)] = line.Substring(at + 1);
        }
        File.Delete(words[1]);
        ItmsMarker.Call(options, "", keep =>
        {
            var how = new ProcessStartInfo("setsid", "mono \"" + words[2] + "\" keep \"" + Path.GetDirectoryName(keep) + "\"");
            how.UseShellExecute = false;
            how.RedirectStandardInput = how.RedirectStandardOutput = how.RedirectStandardError = true;
            Process.Start(how);
            return true;
        });
        return 0;
    }
}

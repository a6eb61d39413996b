// The run marker of Windows: at most one run of a script for each marker, whoever asks and however often.
// C# 5 with no library but System, for Add-Type of Windows PowerShell 5.1; tests compile it by Mono.
//
// A marker is a folder of its own: owner (whoever creates it has made the marker), cmd.ps1, environment, options and
// keep.ps1, started (the gate: whoever creates it decides; "sealed" means never, else it tells the boot and the keeper),
// pid, out and err with .n and .t (bytes beyond the head, and the last of them), killed (limit, or person), rc. A file
// is whole when its line ends in a dot. The keeper alone ends a command: who wants that leaves `killed` for it.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

// Holds a command with all its children.
public abstract class ItmsJob
{
    public abstract ProcessStartInfo Shell(string script);
    public abstract void Hold(Process command);
    public abstract void End();
}

public class ItmsWindowsJob : ItmsJob
{
    IntPtr job;

    [DllImport("kernel32.dll", CharSet = CharSet.Unicode)]
    static extern IntPtr CreateJobObjectW(IntPtr attributes, string name);
    [DllImport("kernel32.dll")]
    static extern bool AssignProcessToJobObject(IntPtr job, IntPtr process);
    [DllImport("kernel32.dll")]
    static extern bool TerminateJobObject(IntPtr job, uint code);

    public override ProcessStartInfo Shell(string script)
    {
        var how = "-NoProfile -NonInteractive -ExecutionPolicy Bypass -OutputFormat Text -File \"" + script + "\"";
        return new ProcessStartInfo("powershell.exe", how);
    }

    public override void Hold(Process command)
    {
        job = CreateJobObjectW(IntPtr.Zero, null);
        if (job == IntPtr.Zero || !AssignProcessToJobObject(job, command.Handle)) job = IntPtr.Zero;
    }

    public override void End()
    {
        if (job != IntPtr.Zero) TerminateJobObject(job, ItmsMarker.Killed);
    }
}

// Keeps the first bytes of a stream as they come, then only counts, and remembers the last ones.
public class ItmsPump
{
    const int Tail = 16384;
    readonly Stream from;
    readonly string path;
    readonly long keep;
    readonly byte[] last = new byte[Tail];
    readonly Thread thread;
    long beyond;

    public ItmsPump(Stream from, string path, long keep)
    {
        this.from = from;
        this.path = path;
        this.keep = keep;
        thread = new Thread(Run);
        thread.IsBackground = true;
        thread.Start();
    }

    public bool Ended(int milliseconds)
    {
        return thread.Join(milliseconds);
    }

    void Run()
    {
        var data = new byte[65536];
        long left = keep;
        try
        {
            using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
            {
                int count;
                while ((count = from.Read(data, 0, data.Length)) > 0)
                {
                    int head = (int)Math.Min(left, count);
                    if (head > 0)
                    {
                        try { file.Write(data, 0, head); file.Flush(); }
                        catch (IOException) { left = head; }
                        left -= head;
                    }
                    Remember(data, head, count);
                }
            }
        }
        catch (IOException) { }
        catch (ObjectDisposedException) { }
    }

    void Remember(byte[] data, int begin, int end)
    {
        lock (last)
        {
            for (int at = Math.Max(begin, end - Tail); at < end; at++) last[(beyond + at - begin) % Tail] = data[at];
            beyond += end - begin;
        }
    }

    public void Close()
    {
        lock (last)
        {
            if (beyond == 0) return;
            int count = (int)Math.Min(beyond, Tail);
            var tail = new byte[count];
            for (int at = 0; at < count; at++) tail[at] = last[(beyond - count + at) % Tail];
            File.WriteAllBytes(path + ".t", tail);
            File.WriteAllText(path + ".n", beyond.ToString());
        }
    }
}

public class ItmsMarker
{
    public const uint Killed = 137;
    const FileShare Everybody = FileShare.ReadWrite | FileShare.Delete;
    readonly IDictionary<string, string> options;
    readonly string folder;

    ItmsMarker(IDictionary<string, string> options, string marker)
    {
        this.options = options;
        folder = Path.Combine(options["base"], marker);
    }

    // --- what is asked from outside ---------------------------------------------------------------------------------

    // `begin` starts keep.ps1 of a marker apart from this connection; `core` is this very text.
    public static void Call(IDictionary<string, string> options, string core, Func<string, bool> begin)
    {
        var markers = options["markers"].Split(' ');
        if (options["mode"] == "forget") { Forget(options, markers); return; }
        var one = new ItmsMarker(options, markers[0]);
        try
        {
            if (options["mode"] == "peek") one.Peek();
            else if (!one.Make()) one.Again();
            else if (options["mode"] != "run") one.Tell("ABSENT");
            else one.Begin(core, begin);
        }
        catch (IOException error) { one.Say("NOSTORE", 0, "-", "-", error.Message); }
        catch (UnauthorizedAccessException error) { one.Say("UNSAFE", 0, "-", "-", error.Message); }
    }

    static void Forget(IDictionary<string, string> options, string[] markers)
    {
        long gone = 0;
        foreach (var name in markers)
        {
            var one = new ItmsMarker(options, name);
            if (!Directory.Exists(one.folder) || (!one.HasEnded() && (one.Alive("pid") || one.Alive("started")))) continue;
            try { Directory.Delete(one.folder, true); gone++; }
            catch (IOException) { }
            catch (UnauthorizedAccessException) { }
        }
        new ItmsMarker(options, "-").Say("FORGOT", gone, "-", "-", "-");
    }

    void Peek()
    {
        if (!Directory.Exists(folder)) { Say("NEVER", 0, "-", "-", "-"); return; }
        Say("LIVE", 0, "-", "-", "-");
        Streams();
    }

    bool Make()
    {
        Directory.CreateDirectory(folder);
        return Create("owner", ".");
    }

    void Again()
    {
        if (options["mode"] == "kill") Stop();
        Tell("NEVER");
    }

    void Begin(string core, Func<string, bool> begin)
    {
        var mark = new byte[] { 0xEF, 0xBB, 0xBF };
        using (var file = new FileStream(At("cmd.ps1"), FileMode.CreateNew, FileAccess.Write))
        {
            var script = Convert.FromBase64String(options["script"]);
            file.Write(mark, 0, mark.Length);
            file.Write(script, 0, script.Length);
        }
        File.WriteAllBytes(At("environment"), Convert.FromBase64String(options["environment"]));
        File.WriteAllText(At("options"), options["keep"] + " " + options["limit"] + " " + options["boot"] + " .");
        File.WriteAllText(At("keep.ps1"),
            "$core = @'\n" + core + "\n'@\nAdd-Type -TypeDefinition $core -Language CSharp\n"
            + "[ItmsMarker]::Keep($PSScriptRoot, (New-Object ItmsWindowsJob))\n");
        if (!begin(At("keep.ps1")))
        {
            Create("started", "sealed");
            Say("NOSTORE", 0, "-", "-", "its keeper could not be started");
            return;
        }
        Wait();
        Tell("NEVER");
    }

    void Wait()
    {
        var since = Stopwatch.StartNew();
        int dead = 0;
        for (int pause = 20; !HasEnded(); pause = Math.Min(200, pause + 10))
        {
            if (File.Exists(At("started"))) dead = Alive("started") ? 0 : dead + 1;
            else if (since.ElapsedMilliseconds > 60000) return;
            if (dead > 5) return;
            Thread.Sleep(pause);
        }
    }

    void Stop()
    {
        for (int turn = 0; turn < 30 && !HasEnded() && !Alive("pid") && Alive("started"); turn++) Thread.Sleep(100);
        if (HasEnded() || !Alive("started")) return;
        Create("killed", options["cause"] + " .");
        for (int turn = 0; turn < 100 && !HasEnded() && Alive("started"); turn++) Thread.Sleep(100);
    }

    void Tell(string sealedWord)
    {
        for (int turn = 0; turn < 20 && sealedWord == "NEVER" && !File.Exists(At("started")) && !HasEnded(); turn++)
            Thread.Sleep(100);
        if (HasEnded()) { Ended(); return; }
        Create("started", "sealed");
        for (int turn = 0; turn < 30; turn++)
        {
            if (Line("started")[0] == "sealed") { Say(sealedWord, 0, "-", "-", "-"); return; }
            if (HasEnded()) { Ended(); return; }
            if (Alive("started") && (Alive("pid") || turn > 20)) { Say("RUNNING", 0, "-", "-", Age()); return; }
            Thread.Sleep(100);
        }
        Report("LOST", 0, Line("started")[0] == options["boot"] ? "gone" : "restarted");
    }

    void Ended()
    {
        var code = long.Parse(Line("rc")[0]);
        // Windows has exit codes that are no number of ours: those of a crash, such as 0xC0000005.
        var detail = code < 0 ? "0x" + ((int)code).ToString("X8") : "-";
        code = code < 0 ? 255 : code;
        if (File.Exists(At("killed"))) Report("KILLED", code, Line("killed")[0]);
        else Report("DONE", code, detail);
    }

    // --- the keeper: a process of its own ---------------------------------------------------------------------------

    public static void Keep(string folder, ItmsJob job)
    {
        var options = new Dictionary<string, string>();
        options["base"] = Path.GetDirectoryName(folder);
        new ItmsMarker(options, Path.GetFileName(folder)).Keep(job);
    }

    void Keep(ItmsJob job)
    {
        var told = Line("options");
        if (told.Length < 4 || !Create("started", told[2] + " " + Myself(Process.GetCurrentProcess()))) return;
        options["boot"] = told[2];
        var limit = double.Parse(told[1], System.Globalization.CultureInfo.InvariantCulture);
        var how = job.Shell(At("cmd.ps1"));
        how.UseShellExecute = false;
        how.CreateNoWindow = true;
        how.RedirectStandardInput = how.RedirectStandardOutput = how.RedirectStandardError = true;
        how.WorkingDirectory = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        foreach (var pair in Encoding.UTF8.GetString(File.ReadAllBytes(At("environment"))).Split('\0'))
        {
            int at = pair.IndexOf('=');
            if (at > 0) how.EnvironmentVariables[pair.Substring(0, at)] = pair.Substring(at + 1);
        }
        using (var command = Process.Start(how))
        {
            job.Hold(command);
            Create("pid", told[2] + " " + Myself(command));
            command.StandardInput.Close();
            var pumps = new[] {
                new ItmsPump(command.StandardOutput.BaseStream, At("out"), long.Parse(told[0])),
                new ItmsPump(command.StandardError.BaseStream, At("err"), long.Parse(told[0])),
            };
            Watch(command, job, limit);
            // A child left behind may hold the streams open for ever: they get a moment, no more.
            foreach (var pump in pumps) { pump.Ended(1000); pump.Close(); }
            Create("rc", command.ExitCode + " .");
        }
    }

    void Watch(Process command, ItmsJob job, double limit)
    {
        var since = Stopwatch.StartNew();
        while (!command.WaitForExit(50))
        {
            if (since.Elapsed.TotalSeconds > limit) Create("killed", "limit .");
            if (File.Exists(At("killed"))) job.End();
        }
    }

    // --- files --------------------------------------------------------------------------------------------------------

    string At(string name)
    {
        return Path.Combine(folder, name);
    }

    // Makes a file that is not there, by one alone; false where it is there.
    bool Create(string name, string text)
    {
        FileStream file;
        try { file = new FileStream(At(name), FileMode.CreateNew, FileAccess.Write, Everybody); }
        catch (IOException)
        {
            if (File.Exists(At(name))) return false;
            throw;
        }
        using (file)
        {
            var data = Encoding.ASCII.GetBytes(text);
            file.Write(data, 0, data.Length);
            file.Flush(true);
        }
        return true;
    }

    // Returns the words of a file; one empty word where it is not there.
    string[] Line(string name)
    {
        try
        {
            using (var file = new FileStream(At(name), FileMode.Open, FileAccess.Read, Everybody))
            using (var reader = new StreamReader(file))
                return reader.ReadToEnd().Split(' ');
        }
        catch (IOException) { return new[] { "" }; }
    }

    bool HasEnded()
    {
        var told = Line("rc");
        return told.Length == 2 && told[1] == ".";
    }

    static string Myself(Process process)
    {
        return process.Id + " " + process.StartTime.ToUniversalTime().Ticks + " .";
    }

    // Whether the process that a file names still runs: the same number, begun at the same time, since the same boot.
    bool Alive(string name)
    {
        var told = Line(name);
        if (told.Length < 4 || told[0] != options["boot"]) return false;
        try
        {
            using (var process = Process.GetProcessById(int.Parse(told[1])))
            {
                var apart = process.StartTime.ToUniversalTime().Ticks - long.Parse(told[2]);
                return !process.HasExited && Math.Abs(apart) < 2 * TimeSpan.TicksPerSecond;
            }
        }
        catch (ArgumentException) { return false; }
        catch (InvalidOperationException) { return false; }
        catch (System.ComponentModel.Win32Exception) { return false; }
    }

    string Age()
    {
        var told = Line("pid");
        if (told.Length < 4) return "-";
        return Math.Max(0, (DateTime.UtcNow.Ticks - long.Parse(told[2])) / TimeSpan.TicksPerSecond).ToString();
    }

    // --- what is answered -----------------------------------------------------------------------------------------------

    void Say(string word, long code, string beyondOut, string beyondErr, string detail)
    {
        var up = (Stopwatch.GetTimestamp() / Stopwatch.Frequency).ToString();
        var words = new[] {
            "ITMS1", options["token"], word, code.ToString(), beyondOut, beyondErr, options["id"], options["boot"], up,
            detail.Replace('\r', ' ').Replace('\n', ' '),
        };
        Write(Console.OpenStandardOutput(), Encoding.UTF8.GetBytes(string.Join(" ", words) + "\n"));
    }

    void Report(string word, long code, string detail)
    {
        Say(word, code, Beyond("out"), Beyond("err"), detail);
        Streams();
    }

    string Beyond(string name)
    {
        return File.Exists(At(name + ".n")) ? Line(name + ".n")[0] : "-";
    }

    void Streams()
    {
        var error = Console.OpenStandardError();
        Write(error, Encoding.UTF8.GetBytes("ITMS1 " + options["token"] + "\n"));
        foreach (var name in new[] { "err", "err.t" }) Copy(name, error);
        var output = Console.OpenStandardOutput();
        foreach (var name in new[] { "out", "out.t" }) Copy(name, output);
    }

    void Copy(string name, Stream to)
    {
        if (!File.Exists(At(name))) return;
        using (var file = new FileStream(At(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            file.CopyTo(to);
        to.Flush();
    }

    static void Write(Stream to, byte[] data)
    {
        to.Write(data, 0, data.Length);
        to.Flush();
    }
}
